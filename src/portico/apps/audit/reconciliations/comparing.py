"""A reconciliation from rows to what is stored of it: the matches, and a summary in which nothing is left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from portico.apps.audit.reconciliations.matching import Rules, reconcile
from portico.apps.audit.reconciliations.models import RULES
from portico.apps.audit.reconciliations.open_lines import Line, Match, plain
from portico.kernel.database import Row


@dataclass(frozen=True)
class Compared:
    summary: dict[str, Any]
    matches: str
    """As JSON, for the database to read."""


def compare(
    left: Iterable[Row], right: Iterable[Row], rules: Rules, *, opposite_signs: bool, compare_references: bool
) -> Compared:
    """Rows have `position`, `cents`, `day` and `reference`."""

    def line(row: Row, sign: int) -> Line:
        reference = plain(row["reference"]) if compare_references else ""
        return Line(row["position"], sign * row["cents"], row["day"], reference)

    lefts = [line(row, 1) for row in left]
    rights = [line(row, -1 if opposite_signs else 1) for row in right]
    outcome = reconcile(lefts, rights, rules)
    summary = {
        "left": _side(lefts, [position for match in outcome.matches for position in match.left]),
        "right": _side(rights, [position for match in outcome.matches for position in match.right]),
        "matches": {rule: sum(1 for match in outcome.matches if match.rule == rule) for rule in RULES},
        "difference": (_total(lefts) - _total(rights)) / 100,
        "within_tolerance": sum(match.difference for match in outcome.matches) / 100,
        "all_sums_tried": outcome.is_complete,
    }
    return Compared(summary, orjson.dumps([_row(*each) for each in enumerate(outcome.matches, start=1)]).decode())


def _side(lines: Sequence[Line], matched: Sequence[int]) -> dict[str, Any]:
    """The totals of one side. What is matched and what is not add up to all of it."""
    known = set(matched)
    total, found = _total(lines), _total(line for line in lines if line.position in known)
    return {
        "lines": len(lines),
        "total": total / 100,
        "matched_lines": len(known),
        "matched_total": found / 100,
        "unmatched_lines": len(lines) - len(known),
        "unmatched_total": (total - found) / 100,
    }


def _total(lines: Iterable[Line]) -> int:
    return sum(line.cents for line in lines)


def _row(position: int, match: Match) -> dict[str, Any]:
    return {
        "position": position,
        "rule": match.rule,
        "why": match.why,
        "left_lines": match.left,
        "right_lines": match.right,
        "difference": f"{match.difference / 100:.2f}",
    }
