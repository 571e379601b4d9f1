"""Recurrence rules: the RRULE of RFC 5545 (section 3.3.10), as far as freezes need it.

A rule is expanded between two days, period by period, and what is outside costs nothing: not the years since a rule
began, and not the years until one that never occurs would. Expanding from the start, as libraries do, lets
`FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30` run until the year 9999.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import lru_cache

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
LIMITS = {
    "INTERVAL": (1, 1000), "BYMONTH": (1, 12), "BYMONTHDAY": (-31, 31), "BYSETPOS": (-366, 366), "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
}  # fmt: skip
MOST_A_DAY = 6


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule as it is written; `from_start` fills in what it leaves to the start. Empty: all."""

    frequency: str
    interval: int = 1
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()  # which of the month or year, 0 for each, and the day from Monday on
    positions: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    week_start: int = 0

    def between(self, start: datetime, low: date, high: date) -> Iterator[datetime]:
        """The times on these days and between them, by the wall clock, in order; none is before `start`."""
        rule = self.from_start(start)
        times = [time(hour, minute, start.second) for hour in rule.hours for minute in rule.minutes]
        for days in rule._periods(start.date(), low, high):
            found = [datetime.combine(day, at) for day in days if rule._takes(day) for at in times]
            if rule.positions:
                found = _at_positions(found, rule.positions)
            yield from (each for each in found if each >= start and low <= each.date() <= high)

    def from_start(self, start: datetime) -> "Rule":
        rule = replace(self, hours=self.hours or (start.hour,), minutes=self.minutes or (start.minute,))
        if self.month_days or self.weekdays or self.frequency == "DAILY":
            return rule
        if self.frequency == "WEEKLY":
            return replace(rule, weekdays=((0, start.weekday()),))
        months = self.months or ((start.month,) if self.frequency == "YEARLY" else ())
        return replace(rule, months=months, month_days=(start.day,))

    def _periods(self, start: date, low: date, high: date) -> Iterator[list[date]]:
        """The days of each period that reaches into these days, counted by the interval from that of the start."""
        number, first = self._calendar()
        begin = number(start)
        skipped = max(0, number(low) - begin)
        for period in range(begin + -(-skipped // self.interval) * self.interval, number(high) + 1, self.interval):
            days = range(first(period).toordinal(), first(period + 1).toordinal())
            yield [date.fromordinal(day) for day in days]

    def _calendar(self) -> tuple[Callable[[date], int], Callable[[int], date]]:
        """From a day to the number of its period, and from that to the period's first day."""
        if self.frequency == "DAILY":
            return date.toordinal, date.fromordinal
        if self.frequency == "WEEKLY":  # day 1 of the calendar is a Monday
            shift = 1 + self.week_start
            return lambda day: (day.toordinal() - shift) // 7, lambda week: date.fromordinal(week * 7 + shift)
        if self.frequency == "MONTHLY":
            return lambda day: day.year * 12 + day.month - 1, lambda month: date(month // 12, month % 12 + 1, 1)
        return lambda day: day.year, lambda year: date(year, 1, 1)

    def _takes(self, day: date) -> bool:
        length = monthrange(day.year, day.month)[1]
        return (
            (not self.months or day.month in self.months)
            and (not self.month_days or day.day in self.month_days or day.day - length - 1 in self.month_days)
            and (not self.weekdays or self._takes_weekday(day, length))
        )

    def _takes_weekday(self, day: date, length: int) -> bool:
        place = day.day
        if self.frequency == "YEARLY" and not self.months:
            place, length = day.timetuple().tm_yday, 365 + isleap(day.year)
        counted = (0, (place - 1) // 7 + 1, -((length - place) // 7) - 1)
        return any((each, day.weekday()) in self.weekdays for each in counted)


@lru_cache(maxsize=1000)
def parse(text: str) -> Rule:
    """Raises `ValueError`, with a reason for people, where it is not a rule that a freeze can have."""
    pairs = [part.partition("=") for part in text.removeprefix("RRULE:").split(";")]
    parts = {name: value.split(",") for name, _, value in pairs}
    if len(parts) < len(pairs):
        raise ValueError("has a part twice")
    if ",".join(parts.get("FREQ", [])) not in FREQUENCIES:
        raise ValueError(f"needs a FREQ: one of {', '.join(FREQUENCIES)}")
    if unknown := parts.keys() - {"FREQ", "BYDAY", "WKST", *LIMITS}:
        raise ValueError(f"may not have {', '.join(sorted(unknown))}")  # COUNT and UNTIL: `ends_at` says when it ends
    numbers = {name: _numbers(name, parts.get(name, [])) for name in LIMITS}
    rule = Rule(
        frequency=parts["FREQ"][0], interval=_single("INTERVAL", numbers["INTERVAL"] or (1,)),
        months=numbers["BYMONTH"], month_days=numbers["BYMONTHDAY"],
        weekdays=tuple(_weekday(each) for each in parts.get("BYDAY", [])), positions=numbers["BYSETPOS"],
        hours=numbers["BYHOUR"], minutes=numbers["BYMINUTE"],
        week_start=_single("WKST", [_weekday(each)[1] for each in parts.get("WKST", ["MO"])]),
    )  # fmt: skip
    _check(rule)
    return rule


def _check(rule: Rule) -> None:
    if rule.frequency in ("DAILY", "WEEKLY") and any(place for place, _ in rule.weekdays):
        raise ValueError("counts weekdays (as 1MO does) in months and years only")
    if rule.frequency == "WEEKLY" and rule.month_days:
        raise ValueError("has no BYMONTHDAY in a week")
    if max(1, len(rule.hours)) * max(1, len(rule.minutes)) > MOST_A_DAY:
        raise ValueError(f"may begin {MOST_A_DAY} times a day at the most")


def _numbers(name: str, words: list[str]) -> tuple[int, ...]:
    low, high = LIMITS[name]
    if not all(word.lstrip("+-").isdecimal() and word.isascii() and len(word) < 6 for word in words):
        raise ValueError(f"{name} is a list of numbers")
    found = sorted({int(word) for word in words})
    if not all(low <= each <= high and (each or low == 0) for each in found):
        raise ValueError(f"{name} goes from {low} to {high}")
    return tuple(found)


def _weekday(word: str) -> tuple[int, int]:
    place = word[:-2]
    if word[-2:] not in WEEKDAYS or not (place == "" or place.lstrip("+-").isdecimal()) or len(place) > 3:
        raise ValueError("names weekdays as MO, 1MO or -1FR")
    return int(place or 0), WEEKDAYS.index(word[-2:])


def _single(name: str, values: tuple[int, ...] | list[int]) -> int:
    if len(values) != 1:
        raise ValueError(f"has one {name}")
    return values[0]


def _at_positions(found: list[datetime], positions: tuple[int, ...]) -> list[datetime]:
    size = len(found)
    places = {each - 1 if each > 0 else size + each for each in positions}
    return [found[place] for place in sorted(places) if 0 <= place < size]
