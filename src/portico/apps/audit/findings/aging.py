"""Aging: how long open findings are past the day on which they were to be remediated."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

AGES = (("not_due", -1), ("0-30", 30), ("31-60", 60), ("61-90", 90), ("over_90", None))
"""Each with its last day overdue. What has no day yet is not due."""


@dataclass
class Age:
    age: str
    low: int = 0
    medium: int = 0
    high: int = 0
    critical: int = 0

    @property
    def total(self) -> int:
        return self.low + self.medium + self.high + self.critical


@dataclass
class Aging:
    as_of: date
    ages: list[Age] = field(default_factory=lambda: [Age(name) for name, _ in AGES])

    def add(self, severity: str, due_on: date | None, count: int) -> None:
        row = self.ages[_place(-1 if due_on is None else (self.as_of - due_on).days)]
        setattr(row, severity, getattr(row, severity) + count)

    @property
    def by_severity(self) -> dict[str, int]:
        return {name: sum(getattr(row, name) for row in self.ages) for name in ("low", "medium", "high", "critical")}


def aging(as_of: date, found: Iterable[tuple[str, date | None, int]]) -> Aging:
    """From severities, due dates and how many open findings have them."""
    table = Aging(as_of)
    for severity, due_on, count in found:
        table.add(severity, due_on, count)
    return table


def _place(days: int) -> int:
    return next(place for place, (_, last) in enumerate(AGES) if last is None or days <= last)
