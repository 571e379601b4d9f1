"""Full text search in PostgreSQL: no extension, no second server, as fresh as the last commit.

A table has a generated column `search`, made of `vector(...)`, with a GIN index. It holds each word twice: by its stem,
so that `lamps` finds a lamp, and as it is written, so that a word that is only begun finds it too.

`Search` ranks by this text alone. An app with a second ranking, such as one by vectors, fuses the two itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Annotated, Any, LiteralString

from fastapi import Query

from portico.kernel.database import Connection, Row, fetch_all
from portico.kernel.paging import seal, unseal

LONGEST_QUERY = 200
BEGIN, END = "\ue000\ue001"
"""Characters for private use that stand for the marks. They are taken out of the texts: nobody can write a mark."""
LESS, MORE = "\x02\x03"
"""What stands for < and >: PostgreSQL's parser would take what is between them for a tag, and leave it out."""
OPERATOR = re.compile(r"\bor\b", re.IGNORECASE)
NOT_NOT = re.compile(r"-(?:[\s()!&|<]*-)+")
"""PostgreSQL fails at more than some thirty of them: a line of dashes is one."""
LAST_WORD = re.compile(r"(?P<head>.*?)(?P<last>(?<!\S)\w[^\s\"]*)", re.DOTALL)

GAP: LiteralString = r" || ''' ''\:100'::tsvector || "
"""Keeps the last word of one part from being taken for the neighbour of the next one's first: a blank is no word."""

QUERY: LiteralString = """
    SELECT CASE WHEN numnode(last) = 0 AND numnode(head) > 0 THEN head ELSE head && (last || begun) END AS query
    FROM (SELECT websearch_to_tsquery('english', %(head)s) AS head, websearch_to_tsquery('english', %(last)s) AS last,
                 to_tsquery('simple', %(begun)s) AS begun) AS typed"""

SearchText = Annotated[
    str,
    Query(
        min_length=1, max_length=LONGEST_QUERY,
        description='Words that are all to be there; `"a phrase"`, `or` and `-without` work. The last may be begun.',
    ),
]  # fmt: skip
MARKED = "HTML: escaped, with what was found in `<mark>`."


def vector(**weights: LiteralString) -> LiteralString:
    """The expression of the generated column: from columns to weights, `A` the highest."""
    parts: list[LiteralString] = [
        f"setweight(to_tsvector('{config}'::regconfig, COALESCE({column}, ''::text)), '{weight}'::\"char\")"
        for column, weight in weights.items()
        for config in ("english", "simple")
    ]
    return GAP.join(parts)


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    """Each with `rank` and `highlights`, from the name of a text to HTML."""
    total: int
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search in one table: what is shown of a row, the texts that are highlighted, and the app's own filters."""

    table: LiteralString
    columns: LiteralString
    texts: Sequence[LiteralString]
    filters: LiteralString = "true"
    """SQL over the columns, with parameters of the app's."""
    whole: bool = True
    """Highlight the texts as they are; else what stands around the first words that were found."""

    async def page(
        self, connection: Connection, text: str, params: Mapping[str, Any], *, limit: int, cursor: str | None
    ) -> Page:
        """The rows that match, the best first. Raises `InvalidInput` for a cursor of another list."""
        rank, after = unseal(cursor, float, int) if cursor else (None, None)
        typed = {**params, **understood(text), "limit": limit, "after_rank": rank, "after": after}
        rows = await fetch_all(connection, self._statement, typed)
        total: int = rows[0]["total"]
        found = [self._shown(row) for row in rows if row["rank"] is not None]
        following = seal(found[-1]["rank"], found[-1]["id"]) if len(found) == limit else None
        return Page(found, total, following)

    @property
    def _statement(self) -> LiteralString:
        highlights: LiteralString = ", ".join([highlighted(text, whole=self.whole) for text in self.texts])
        return f"""
            WITH words AS ({QUERY}), found AS MATERIALIZED (
                SELECT id, ts_rank_cd(search, query, 1)::float8 AS rank FROM {self.table}, words
                WHERE search @@ query AND {self.filters}
            ), page AS (
                SELECT id, rank FROM found
                WHERE %(after_rank)s::float8 IS NULL OR rank < %(after_rank)s
                   OR (rank = %(after_rank)s AND id > %(after)s)
                ORDER BY rank DESC, id LIMIT %(limit)s
            )
            SELECT {self.columns}, {highlights}, rank, total
            FROM (SELECT count(*) AS total FROM found) AS counted CROSS JOIN words
            LEFT JOIN (page JOIN {self.table} USING (id)) ON true ORDER BY rank DESC, id"""

    def _shown(self, row: Row) -> Row:
        return {**row, "highlights": {text: marked(row[f"{text}_marked"]) for text in self.texts}}


def understood(text: str) -> dict[str, str]:
    """What somebody typed, as the parameters of `QUERY`. Whatever it is, PostgreSQL takes it.

    The last word may be only begun, unless a blank follows it. Where `or` or an open quotation gives the parts
    another order, nothing is taken for begun.
    """
    text = NOT_NOT.sub("-", text)
    found = LAST_WORD.fullmatch(text)
    if found is None or text.count('"') % 2 or OPERATOR.search(text):
        return {"head": text, "last": "", "begun": ""}
    last = found["last"]
    quoted = last.replace("\\", "\\\\").replace("'", "''")
    return {"head": found["head"], "last": last, "begun": f"'{quoted}':*"}


def marked(headline: str | None) -> str | None:
    """A headline as HTML that is safe to show."""
    if headline is None:
        return None
    for character, html in ((BEGIN, "<mark>"), (END, "</mark>"), (LESS, "&lt;"), (MORE, "&gt;")):
        headline = escape(headline) if character == BEGIN else headline
        headline = headline.replace(character, html)
    return headline


def highlighted(column: LiteralString, *, whole: bool, name: LiteralString = "") -> LiteralString:
    """The text with marks: by stems, else by what is written, which a word that is only begun may need.

    SQL beside `words AS (QUERY)`; the column of the answer is `name`, or the column itself, with `_marked` behind it.
    """
    text: LiteralString = f"translate({column}, '<>{LESS}{MORE}{BEGIN}{END}', '{LESS}{MORE}')"
    part: LiteralString = "HighlightAll=true" if whole else "MaxFragments=1, MaxWords=30, MinWords=10"
    options: LiteralString = f"'StartSel={BEGIN}, StopSel={END}, {part}'"
    stems: LiteralString = f"ts_headline('english', {text}, query, {options})"
    written: LiteralString = f"ts_headline('simple', {text}, query, {options})"
    return f"CASE WHEN strpos({stems}, '{BEGIN}') > 0 THEN {stems} ELSE {written} END AS {name or column}_marked"
