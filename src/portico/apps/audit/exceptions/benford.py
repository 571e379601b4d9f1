"""Benford's law: the first digits of amounts, against what they are in numbers that nobody has made up.

A digit string d is expected in log10(1 + 1/d) of the numbers (Newcomb 1881, Benford 1938). Chi-squared says whether
the counts could be chance; with many amounts it says no to everything, and so there is the mean absolute deviation,
which does not grow with their number. Its ranges are those of Nigrini, Benford's Law (Wiley, 2012), table 7.1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Digits = Literal["first", "first_two"]
Side = Literal["debit", "credit", "both"]
SIDE: Side = "debit"
"""What is counted where nobody says another: on the other side each amount is there once more, whole or in parts."""
RANGES: Mapping[Digits, range] = {"first": range(1, 10), "first_two": range(10, 100)}
LENGTHS: Mapping[Digits, int] = {"first": 1, "first_two": 2}
CONFORMITY: Mapping[Digits, tuple[tuple[float, str], ...]] = {
    "first": ((0.006, "close"), (0.012, "acceptable"), (0.015, "marginally acceptable")),
    "first_two": ((0.0012, "close"), (0.0018, "acceptable"), (0.0022, "marginally acceptable")),
}
"""Up to which mean absolute deviation the conformity is called so."""
NONCONFORMING = "nonconforming"
FEW = 1000
"""With fewer amounts than this the mean absolute deviation is large by chance alone; it is said, and not judged."""
LEAST = 300
"""With fewer amounts no digit stands out: of the rarest pair hardly one is expected."""
NOTABLE_Z = 3.29
"""A digit stands out from so many standard deviations on: by chance one of a thousand does."""


@dataclass(frozen=True)
class Digit:
    """`z` is how many standard deviations the share is off, with the correction for continuity."""

    digits: int
    observed: int
    expected: float
    share: float
    expected_share: float
    z: float
    stands_out: bool


@dataclass(frozen=True)
class Benford:
    digits: Digits
    amounts: int
    chi_squared: float
    degrees: int
    p_value: float
    mean_absolute_deviation: float
    conformity: str
    is_few: bool
    counts: tuple[Digit, ...]


def expected_share(digits: int) -> float:
    return math.log10(1 + 1 / digits)


def compare(observed: Mapping[int, int], digits: Digits) -> Benford:
    """Compare how often each digit, or each pair of digits, was seen. Digits that are absent were not seen."""
    places = RANGES[digits]
    total = sum(observed.get(place, 0) for place in places)
    counts = tuple(_digit(place, observed.get(place, 0), total, digits) for place in places)
    chi = sum((each.observed - each.expected) ** 2 / each.expected for each in counts) if total else 0.0
    deviation = sum(abs(each.share - each.expected_share) for each in counts) / len(counts) if total else 0.0
    degrees = len(counts) - 1
    return Benford(
        digits=digits, amounts=total, chi_squared=chi, degrees=degrees, p_value=chi_squared_tail(chi, degrees),
        mean_absolute_deviation=deviation, conformity=conformity(deviation, digits), is_few=total < FEW, counts=counts,
    )  # fmt: skip


def conformity(deviation: float, digits: Digits) -> str:
    return next((name for most, name in CONFORMITY[digits] if deviation <= most), NONCONFORMING)


def chi_squared_tail(value: float, degrees: int) -> float:
    """The probability of this chi-squared or a larger one: the finite sums of Abramowitz and Stegun, 26.4.4 and 26.4.5.

    Each term is made from its logarithm, so that neither a large value nor many degrees overflow.
    """
    if value <= 0:
        return 1.0
    half = value / 2
    if degrees % 2:
        first, terms = math.erfc(math.sqrt(half)), ((step + 0.5) for step in range((degrees - 1) // 2))
    else:
        first, terms = 0.0, (float(step) for step in range(degrees // 2))
    rest = math.fsum(math.exp(-half + term * math.log(half) - math.lgamma(term + 1)) for term in terms)
    return min(1.0, first + rest)


def _digit(place: int, observed: int, total: int, digits: Digits) -> Digit:
    expected = expected_share(place)
    share = observed / total if total else 0.0
    z = 0.0
    if total:
        deviation = math.sqrt(expected * (1 - expected) / total)
        correction = 1 / (2 * total)
        off = abs(share - expected)
        z = (off - correction if off > correction else off) / deviation
    # Off by more than the mean may be before the whole does not conform, and by more than chance.
    stands_out = total >= LEAST and share - expected > CONFORMITY[digits][-1][0] and z > NOTABLE_Z
    return Digit(place, observed, expected * total, share, expected, z, stands_out)
