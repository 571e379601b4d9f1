"""Cutting stock in whole numbers, so that sums are exact and fit into the bits of a number.

A piece takes its length and one kerf. A bar has room for what lies between its two trims, and one kerf more: the last
piece may end exactly where the end trim begins, and then needs no cut of its own, since trimming the end makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import gcd

HUNDREDTHS = 100
UNLIMITED = 1_000_000_000
MOST_PARTS = 2000
"""In one plan. More of them are planned no better together."""


@dataclass(frozen=True)
class Stock:
    """Bars of one length. Without a quantity there are as many as are needed."""

    length: Decimal
    quantity: int | None = None


@dataclass(frozen=True)
class Part:
    """One piece to be cut. `key` is whatever the caller knows it by."""

    key: int
    length: Decimal


@dataclass(frozen=True)
class Kind:
    """A stock in whole numbers. `length` counts hundredths, `room` the units of its problem."""

    stock: int
    length: int
    room: int
    quantity: int


@dataclass(frozen=True)
class Problem:
    """`sizes` are in the order of the parts, `kinds` from the shortest to the longest. A unit is so many hundredths."""

    kinds: tuple[Kind, ...]
    sizes: tuple[int, ...]
    kerf: int
    keep: int
    unit: int

    def rest(self, slack: int) -> int:
        """What remains of a bar when the last piece is cut off too."""
        return max(0, slack - self.kerf)

    def is_kept(self, rest: int) -> bool:
        return rest > 0 and rest >= self.keep


@dataclass(frozen=True)
class Load:
    """A bar with the parts that are cut from it, by their places in the problem."""

    kind: int
    parts: tuple[int, ...]
    slack: int


def whole(length: Decimal) -> int:
    return int(length * HUNDREDTHS)


def whole_problem(
    stock: Sequence[Stock], parts: Sequence[Part], *, kerf: Decimal, trim: Decimal, min_remnant: Decimal
) -> Problem:
    """The problem in the largest unit that divides every length. Bars that the trims eat up are left out."""
    cut, ends = whole(kerf), 2 * whole(trim)
    bars = [(place, whole(each.length), each.quantity) for place, each in enumerate(stock)]
    usable = [bar for bar in bars if bar[1] > ends and bar[2] != 0]
    # Of two stocks with bars of one length, that with few comes first: these are remnants.
    usable.sort(key=lambda bar: (bar[1], bar[2] is None))
    sizes = [whole(part.length) + cut for part in parts]
    rooms = [length - ends + cut for _, length, _ in usable]
    unit = gcd(cut, *sizes, *rooms) or 1
    kinds = tuple(
        Kind(place, length, room // unit, UNLIMITED if quantity is None else quantity)
        for (place, length, quantity), room in zip(usable, rooms, strict=True)
    )
    keep = -(-whole(min_remnant) // unit)
    return Problem(kinds, tuple(size // unit for size in sizes), cut // unit, keep, unit)
