"""The overall equipment effectiveness and its three factors, as ISO 22400-2 has them.

The elements, of one workstation or of several together, in a window:

* PBT, planned busy time: the shifts without the planned stops in them.
* APT, actual production time: PBT without the other stops. A time in which nothing ran and nobody said why belongs to
  it: it lowers the effectiveness. So the availability is the same whether operators start and pause by the book or not.
* PRI, planned run time per item: the standard time of the operation; PRI x PQ is the sum over all operations.
* PQ, produced quantity: good, scrap and rework as reported. GQ, good quantity.

No number is capped. One without data is None: 0/0 says nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

FORMULAS = {
    "availability": "APT / PBT",
    "effectiveness": "PRI x PQ / APT",
    "quality": "GQ / PQ",
    "oee": "availability x effectiveness x quality",
}
TOO_FAST = "The effectiveness is above 100 %: the standard time is wrong, it is longer than the work takes."
NOT_PLANNED = "No shift is planned in this time."
NOTHING_MADE = "Nothing was reported in this time: there is no quality, and so no OEE."


@dataclass(frozen=True, kw_only=True)
class Elements:
    """Times are in minutes. `standard` is PRI x PQ."""

    shifts: float = 0.0
    planned_stops: float = 0.0
    unplanned_stops: float = 0.0
    good: int = 0
    scrap: int = 0
    rework: int = 0
    standard: float = 0.0

    @property
    def pbt(self) -> float:
        return self.shifts - self.planned_stops

    @property
    def apt(self) -> float:
        return self.pbt - self.unplanned_stops

    @property
    def produced(self) -> int:
        return self.good + self.scrap + self.rework

    @property
    def availability(self) -> float | None:
        return _ratio(self.apt, self.pbt)

    @property
    def effectiveness(self) -> float | None:
        return _ratio(self.standard, self.apt) if self.produced else None

    @property
    def quality(self) -> float | None:
        return _ratio(self.good, self.produced)

    @property
    def oee(self) -> float | None:
        factors = (self.availability, self.effectiveness, self.quality)
        product = 1.0
        for factor in factors:
            if factor is None:
                return None
            product *= factor
        return product

    @property
    def speed_loss(self) -> float | None:
        """Minutes that were there and that the standard times do not explain. Below 0 they are too long."""
        return self.apt - self.standard if self.produced and self.pbt > 0 else None

    @property
    def notes(self) -> list[str]:
        found = [] if self.pbt > 0 else [NOT_PLANNED]
        if not self.produced:
            found.append(NOTHING_MADE)
        if (self.effectiveness or 0) > 1:
            found.append(TOO_FAST)
        return found


def total(parts: Iterable[Elements]) -> Elements:
    """Several workstations as if they were one."""
    every = list(parts)
    sums: dict[str, Any] = {field.name: sum(getattr(each, field.name) for each in every) for field in fields(Elements)}
    return Elements(**sums)


def percent(value: float | None) -> float | None:
    """With two decimals, half of one rounded up as on paper: of 9 digits, since the last of a float are noise."""
    if value is None:
        return None
    return float(Decimal(f"{value * 100:.9f}").quantize(Decimal("0.01"), ROUND_HALF_UP))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
