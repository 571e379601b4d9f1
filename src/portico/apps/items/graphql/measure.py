"""How much a parsed query asks for, measured before it is validated: validation compares fields in pairs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from portico.kernel.errors import Problem

MAX_DEPTH = 15  # fields within fields; the usual introspection query has 13
MAX_FIELDS = 200  # written down
MAX_ALIASES = 20
MAX_COST = 2000  # fields of the answer, if every list were full
LONGEST_LIST = 100
LISTS = {"items": 10, "users": 10}
"""The fields that answer lists, and how long these are where `limit` says nothing."""


class QueryRefused(Problem):
    """The query is refused for what it would cost."""

    status = 400
    code = "QUERY_REFUSED"
    message = "This query asks for too much."


def require(is_met: bool, otherwise: str) -> None:
    if not is_met:
        raise QueryRefused(otherwise)


@dataclass
class _Size:
    depth: int = 0
    cost: int = 0


@dataclass
class Measure:
    """A document's size with each fragment put where it is used; every fragment is looked at once."""

    document: DocumentNode
    variables: Mapping[str, Any]
    fields: int = 0
    aliases: int = 0
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    known: dict[str, _Size | None] = field(default_factory=dict)

    def check(self) -> None:
        for definition in self.document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self.fragments[definition.name.value] = definition
        for name in self.fragments:
            self._of_fragment(name)
        for definition in self.document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                size = self._of(definition.selection_set)
                require(size.depth <= MAX_DEPTH, f"The query is deeper than {MAX_DEPTH} fields.")
                require(size.cost <= MAX_COST, f"The query may answer more than {MAX_COST} fields: lower `limit`.")

    def _of(self, selections: SelectionSetNode | None) -> _Size:
        total = _Size()
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                part = self._of_field(selection)
            elif isinstance(selection, FragmentSpreadNode):
                part = self._of_fragment(selection.name.value)
            else:
                part = self._of(selection.selection_set)  # type: ignore[attr-defined]  # an inline fragment
            total.depth = max(total.depth, part.depth)
            total.cost += part.cost
        return total

    def _of_field(self, node: FieldNode) -> _Size:
        self.fields += 1
        self.aliases += node.alias is not None
        require(self.fields <= MAX_FIELDS, f"The query has more than {MAX_FIELDS} fields.")
        require(self.aliases <= MAX_ALIASES, f"The query has more than {MAX_ALIASES} aliases.")
        inner = self._of(node.selection_set)
        return _Size(inner.depth + 1, 1 + self._length(node) * inner.cost)

    def _of_fragment(self, name: str) -> _Size:
        if name not in self.fragments:
            return _Size()  # validation says so
        if name not in self.known:
            self.known[name] = None
            self.known[name] = self._of(self.fragments[name].selection_set)
        size = self.known[name]
        require(size is not None, "The query has a fragment within itself.")
        return size or _Size()

    def _length(self, node: FieldNode) -> int:
        """How many of what is inside there may be. What is no number is refused later, and counts most here."""
        if node.name.value not in LISTS:
            return 1
        for argument in node.arguments or ():
            if argument.name.value == "limit":
                value = argument.value
                given = value.value if isinstance(value, IntValueNode) else None
                if isinstance(value, VariableNode):
                    given = self.variables.get(value.name.value)
                text = str(given)
                return (
                    min(int(text), LONGEST_LIST)
                    if text.isdecimal() and text.isascii() and len(text) < 9
                    else LONGEST_LIST
                )
        return LISTS[node.name.value]
