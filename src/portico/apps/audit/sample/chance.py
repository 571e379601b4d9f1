"""Chance from a seed, and a calendar of working days."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Context, Decimal
from random import Random
from typing import TypeVar

T = TypeVar("T")
CENT = Decimal("0.01")
_TEN = Decimal(10)
_DECIMALS = Context(prec=16)
"""Correctly rounded everywhere, which powers of floats are not."""


class Chance:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - made-up data; what is wanted is that it repeats

    def below(self, end: int) -> int:
        return int(self._random.random() * end)

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def amount(self, low: float = 1.0, high: float = 5.0) -> Decimal:
        """Between 10**low and 10**high, as Benford's law has it: the logarithm is spread evenly."""
        exponent = Decimal(low) + Decimal(high - low) * Decimal(self._random.random())
        return _DECIMALS.power(_TEN, exponent).quantize(CENT)


class WorkingDays:
    """The days of a year that are neither weekend nor holiday."""

    def __init__(self, year: int, holidays: Sequence[date]) -> None:
        self._holidays = frozenset(holidays)
        first = date(year, 1, 1)
        days = [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]
        self.days = [day for day in days if self.includes(day)]
        self.weekends = [day for day in days if not self.includes(day)]

    def includes(self, day: date) -> bool:
        return day.isoweekday() < 6 and day not in self._holidays

    def on_or_after(self, day: date) -> date:
        while not self.includes(day):
            day += timedelta(days=1)
        return day

    def on_or_before(self, day: date) -> date:
        while not self.includes(day):
            day -= timedelta(days=1)
        return day
