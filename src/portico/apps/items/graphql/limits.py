"""What a GraphQL request may ask for, looked at before it costs anything.

The text is scanned once before it is parsed: the parser is recursive, and reads character by character.
"""

import re
from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse

from portico.apps.items.graphql.measure import Measure, require

LONGEST_BODY = 64 * 1024  # bytes
LONGEST_QUERY = 16 * 1024  # characters; what is long belongs into variables
MAX_TOKENS = 1000
MAX_NESTING = 50  # brackets within brackets
LONGEST_WORD = 200  # characters of a name or a number: Python reads no integer of more than 4,300 digits

# A string or comment is one token, as in the language. Possessive: no text makes the scan go back.
TOKEN = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*+"""|"(?:[^"\\\r\n]|\\.)*+"|#[^\r\n]*+|[\w.-]++|[^\s,]', re.DOTALL)
UNENDED = ('"',)
TEXTS = ('"', "#")
OPENING, CLOSING = "{([", "})]"


def parsed(query: str, variables: Mapping[str, Any] | None, operation: str | None) -> DocumentNode:
    """The document, which is within all limits. Raises `QueryRefused`, and `graphql.GraphQLError` where it is none.

    `operation` is the name that was sent: without one there has to be a single operation, as the specification says.
    """
    require(len(query) <= LONGEST_QUERY, f"The query is longer than {LONGEST_QUERY} characters.")
    _scan(query)
    document = parse(query, no_location=False, max_tokens=MAX_TOKENS)
    if "\\u" in query:
        _refuse_nul(document)
    Measure(document, variables or {}).check()
    if operation is None and sum(isinstance(one, OperationDefinitionNode) for one in document.definitions) > 1:
        raise GraphQLError("The query has several operations: name one of them in `operationName`.")
    return document


def _scan(query: str) -> None:
    nesting = 0
    for count, found in enumerate(TOKEN.finditer(query), start=1):
        token = found[0]
        require(count <= MAX_TOKENS, f"The query has more than {MAX_TOKENS} tokens.")
        require(token not in UNENDED, "The query has a string without an end.")  # it would be looked for each time
        is_short = len(token) <= LONGEST_WORD or token[0] in TEXTS
        require(is_short, f"The query has a name or a number of more than {LONGEST_WORD} characters.")
        nesting += (token in OPENING) - (token in CLOSING)
        require(nesting <= MAX_NESTING, f"The query has more than {MAX_NESTING} brackets within one another.")


def _refuse_nul(document: DocumentNode) -> None:
    """A body with a NUL was refused already; here it may be written as an escape within a string."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        require("\x00" not in (token.value or ""), "NUL characters are not accepted.")
        token = token.next
