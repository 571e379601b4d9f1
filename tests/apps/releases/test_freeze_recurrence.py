"""Recurrence rules: what they mean, as python-dateutil understands it, and what is refused."""

from datetime import date, datetime, timedelta
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from portico.apps.releases.freezes.recurrence import WEEKDAYS, parse

START = datetime.fromisoformat("2024-01-29 09:30")  # a Monday, near the end of a month, in a leap year


DAYS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True).map(",".join)
MONTHS = st.lists(st.integers(1, 12).map(str), min_size=1, max_size=3).map(",".join)
DATES = st.lists(st.sampled_from(["1", "2", "15", "28", "-1", "-2", "-28"]), min_size=1, max_size=3).map(",".join)
COUNTED = st.builds("{}{}".format, st.sampled_from([1, 2, 4, -1, -3]), st.sampled_from(WEEKDAYS))
HOURS = st.sampled_from(["0", "6,18", "23"])
IN_MONTHS = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"BYMONTHDAY": DATES}),
    st.fixed_dictionaries({"BYDAY": DAYS | COUNTED}),
    st.fixed_dictionaries({"BYDAY": DAYS, "BYSETPOS": st.sampled_from(["1", "-1", "2,-2"])}),
)
FORMS: dict[str, st.SearchStrategy[dict[str, str]]] = {
    "DAILY": st.just({}),
    "WEEKLY": st.fixed_dictionaries({}, optional={"BYDAY": DAYS, "WKST": st.sampled_from(WEEKDAYS)}),
    "MONTHLY": IN_MONTHS,
    "YEARLY": st.builds(dict.__or__, IN_MONTHS, st.fixed_dictionaries({}, optional={"BYMONTH": MONTHS})),
}


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that occur every few months or years: where nothing does, dateutil goes on to the year 9999."""
    frequency = draw(st.sampled_from(sorted(FORMS)))
    form = draw(FORMS[frequency])
    times = draw(st.fixed_dictionaries({}, optional={"BYHOUR": HOURS, "BYMINUTE": st.just("0,30")}))
    parts = {"FREQ": frequency, "INTERVAL": str(draw(st.integers(1, 3))), **form, **times}
    return ";".join(f"{name}={value}" for name, value in parts.items())


@given(rules(), st.integers(0, 4 * 366), st.integers(0, 500))
@settings(max_examples=300, deadline=None)
def test_a_rule_means_what_dateutil_makes_of_it(rule: str, after: int, days: int) -> None:
    low = START.date() + timedelta(days=after)
    high = low + timedelta(days=days)
    expected = takewhile(lambda each: each.date() <= high, rrulestr(rule, dtstart=START))
    assert list(parse(rule).between(START, low, high)) == [each for each in expected if each.date() >= low]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", ["2026-11-26 09:30"]),  # Thanksgiving
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYMONTH=11", ["2026-11-30 09:30"]),
        ("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10;BYHOUR=3;BYMINUTE=0", ["2026-10-25 03:00"]),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", []),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;BYMONTH=2", []),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", []),  # it begins on a Monday
    ],
)
def test_rules_of_the_year_2026(rule: str, expected: list[str]) -> None:
    found = parse(rule).between(START, date(2026, 1, 1), date(2026, 12, 31))
    assert [f"{each:%Y-%m-%d %H:%M}" for each in found] == expected


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("", "FREQ"),
        ("INTERVAL=2", "FREQ"),
        ("FREQ=HOURLY", "FREQ"),
        ("FREQ=MINUTELY", "FREQ"),
        ("FREQ=SECONDLY", "FREQ"),
        ("FREQ=DAILY,WEEKLY", "FREQ"),
        ("FREQ=DAILY;FREQ=WEEKLY", "twice"),
        ("FREQ=DAILY;COUNT=3", "COUNT"),
        ("FREQ=DAILY;UNTIL=20270101T000000Z", "UNTIL"),
        ("FREQ=DAILY;BYSECOND=1", "BYSECOND"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1,2", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999999999", "INTERVAL"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=٣", "BYHOUR"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYDAY=XX", "weekdays"),
        ("FREQ=WEEKLY;BYDAY=1MO", "months and years"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
        (f"FREQ=DAILY;BYMINUTE={','.join(map(str, range(7)))}", "6 times"),
    ],
)
def test_what_no_freeze_can_have_is_refused_with_the_reason(rule: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(rule)
