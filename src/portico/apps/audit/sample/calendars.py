"""Holidays of the made-up company: those of fixed date, and those that follow Easter."""

from datetime import date, timedelta

FIXED = ((1, 1), (5, 1), (12, 25), (12, 26))
AFTER_EASTER = (-2, 1, 39, 50)
"""Good Friday, Easter Monday, Ascension, Whit Monday, in days after Easter Sunday."""


def holidays(year: int) -> tuple[date, ...]:
    fixed = [date(year, month, day) for month, day in FIXED]
    return tuple(sorted([*fixed, *(easter(year) + timedelta(days=days) for days in AFTER_EASTER)]))


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar, by the anonymous computus (Meeus, Astronomical Algorithms, ch. 8)."""
    century, of_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * (year % 19) + century - leaps - correction + 15) % 30
    week = (32 + 2 * rest + 2 * (of_century // 4) - moon - of_century % 4) % 7
    shift = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)
