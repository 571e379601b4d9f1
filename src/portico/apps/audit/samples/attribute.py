"""Attribute samples: how many items, and what their deviations say of all. Integers and fractions, nothing is rounded.

A float would pick another size where a limit is met exactly: 400 items with an expected rate of 3.5 % hold 14 expected
deviations, and not 14.000000000000002. Limits that are shown are rounded up, so that they are never too small.
"""

from bisect import bisect_left
from fractions import Fraction
from functools import partial
from math import ceil, comb
from typing import NamedTuple

LARGEST = 2500
"""Items. Nobody examines more by hand; where more are needed, the plan is refused."""
STEPS = 10**6
"""Limits of rates are shown to the millionth."""


class Size(NamedTuple):
    """A sample holds as long as it has no more deviations than were expected."""

    items: int
    deviations: int


def binomial_tail(deviations: int, items: int, rate: Fraction) -> Fraction:
    """The chance of at most so many deviations among items of a population without end, at this rate."""
    share, whole = rate.numerator, rate.denominator
    if share == whole:
        return Fraction(int(deviations >= items))
    term = total = (whole - share) ** items
    for found in range(min(deviations, items)):
        term = term * (items - found) * share // ((found + 1) * (whole - share))
        total += term
    return Fraction(total, whole**items)


def hypergeometric_tail(deviations: int, items: int, population: int, deviating: int) -> Fraction:
    """The chance of at most so many deviations among items of a population of which so many deviate."""
    least = max(0, items - (population - deviating))
    most = min(deviations, items, deviating)
    if most < least:
        return Fraction(0)
    term = total = comb(deviating, least) * comb(population - deviating, items - least)
    for found in range(least, most):
        down = (found + 1) * (population - deviating - items + found + 1)
        term = term * (deviating - found) * (items - found) // down
        total += term
    return Fraction(total, comb(population, items))


def size(risk: Fraction, tolerable: Fraction, expected: Fraction, population: int | None = None) -> Size | None:
    """The smallest sample that keeps the risk, or None where that is more than `LARGEST`.

    Its expected deviations are rounded up. With a population the hypergeometric distribution is used, whose worst case
    is the smallest number of deviations that is not tolerable; nobody needs more items than there are.
    """
    most = LARGEST if population is None else min(LARGEST, population)

    def holds(items: int, deviations: int) -> bool:
        if population is None:
            return binomial_tail(deviations, items, tolerable) <= risk
        return hypergeometric_tail(deviations, items, population, ceil(tolerable * population)) <= risk

    for deviations in range(ceil(most * expected) + 1):
        last = most if expected == 0 else min(most, int(deviations / expected))
        if last and holds(last, deviations):
            items = bisect_left(range(last), True, key=partial(holds, deviations=deviations))
            return Size(items, deviations)
    return Size(population, ceil(population * expected)) if population and population <= LARGEST else None


def upper_limit(risk: Fraction, items: int, deviations: int, population: int | None = None) -> Fraction:
    """The one-sided upper limit of the rate of deviations, of which the sample has so many.

    Without a population that of Clopper and Pearson, rounded up to the millionth. With one it is exact: the largest
    number of deviations for which so few in the sample are not rarer than the risk.
    """
    if deviations >= items:
        return Fraction(1)
    if population is None:
        rates = range(STEPS)
        return Fraction(
            bisect_left(rates, True, key=lambda rate: binomial_tail(deviations, items, Fraction(rate, STEPS)) <= risk),
            STEPS,
        )
    counts = range(deviations, population - (items - deviations) + 1)
    refused = bisect_left(
        counts, True, key=lambda count: hypergeometric_tail(deviations, items, population, count) <= risk
    )
    return Fraction(counts[refused - 1], population)
