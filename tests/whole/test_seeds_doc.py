"""Each line of docs/seeds.md names a counterpart here that exists, or that stands on the list of what is to come."""

import re
from typing import NamedTuple

from tests.whole.mentions import is_recognised, missing
from tests.whole.project import ROOT, code_in

# What the documents promise and is still to come. The list only shrinks: a name that exists has to leave it.
PLANNED: frozenset[str] = frozenset()
CELLS = re.compile(r"(?<!\\)\|")
NOTHING = "nothing"


class Row(NamedTuple):
    seed: str
    says: str
    here: str
    why: str

    @property
    def counterparts(self) -> list[str]:
        return code_in(self.here)

    @property
    def is_planned(self) -> bool:
        return self.here.startswith("planned: ")


def test_every_counterpart_exists_or_is_planned() -> None:
    problems = {
        code: why
        for row in rows()
        if not row.is_planned
        for code in row.counterparts
        if (why := missing(code) if is_recognised(code) else "this names nothing that could be looked up")
    }
    assert problems == {}


def test_every_row_has_a_counterpart_or_says_why_not() -> None:
    for row in rows():
        assert row.says, row
        assert row.why, f"{row.says}: say why it differs, or 'the same'"
        assert row.counterparts or row.here == NOTHING, f"{row.says}: name the counterpart, or '{NOTHING}'"
        assert row.here != NOTHING or len(row.why.split()) > 3, f"{row.says}: say why there is nothing"


def test_what_is_planned_is_listed_and_nothing_else() -> None:
    planned = {code for row in rows() if row.is_planned for code in row.counterparts}
    assert planned == PLANNED


def test_what_is_planned_does_not_exist_yet() -> None:
    there = sorted(code for code in PLANNED if missing(code) is None)
    assert there == [], f"These exist now: take them off PLANNED, and 'planned' out of the table: {there}"


def test_no_line_stands_twice() -> None:
    lines = [(row.seed, row.says) for row in rows()]
    assert len(lines) == len(set(lines))


def rows() -> list[Row]:
    """The rows of all tables of four columns, without their heads."""
    found = []
    for line in (ROOT / "docs/seeds.md").read_text().splitlines():
        cells = [cell.strip().replace(r"\|", "|") for cell in CELLS.split(line)[1:-1]]
        if len(cells) == len(Row._fields) and cells[0] != "seed" and not cells[0].startswith("-"):
            found.append(Row(*cells))
    assert found, "docs/seeds.md has no rows"
    return found
