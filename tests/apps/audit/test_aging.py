"""Aging, on its own: at each border of its ages."""

from datetime import date, timedelta

import pytest

from portico.apps.audit.findings.aging import aging

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (-400, "not_due"), (-1, "not_due"), (0, "0-30"), (30, "0-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
        (90, "61-90"), (91, "over_90"), (4000, "over_90"),
    ],
)  # fmt: skip
def test_a_finding_has_the_age_of_its_days_overdue(days: int, age: str) -> None:
    table = aging(TODAY, [("high", TODAY - timedelta(days), 1)])
    assert {row.age: row.high for row in table.ages if row.total} == {age: 1}


def test_what_has_no_day_yet_is_not_due() -> None:
    table = aging(TODAY, [("low", None, 2)])
    assert (table.ages[0].age, table.ages[0].low) == ("not_due", 2)


def test_findings_are_counted_by_age_and_by_severity() -> None:
    found = [
        ("high", TODAY, 2),
        ("low", TODAY - timedelta(45), 1),
        ("high", TODAY - timedelta(45), 3),
        ("low", None, 1),
    ]
    table = aging(TODAY, found)
    assert [row.total for row in table.ages] == [1, 2, 4, 0, 0]
    assert table.by_severity == {"low": 2, "medium": 0, "high": 5, "critical": 0}
