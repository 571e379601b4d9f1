"""Monetary-unit samples: each cent of the recorded value is an item. Amounts are whole cents, taints are fractions.

Sizes are those of the AICPA's guide: the confidence factor comes from the ratio of expected to tolerable misstatement.
Limits are Stringer's, with Poisson factors. They are rounded up to the cent.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from portico.apps.audit.samples import poisson
from portico.apps.audit.samples.attribute import LARGEST


class Plan(NamedTuple):
    items: int
    interval: int
    factor: Fraction


class Finding(NamedTuple):
    """An item that was examined: what is recorded and what is right, in cents."""

    recorded: int
    right: int

    @property
    def taint(self) -> Fraction:
        """How much of what is recorded is too much, in either sign; negative: too little."""
        return 1 - Fraction(self.right, self.recorded)

    @property
    def misstatement(self) -> int:
        """How far the amount is too large without its sign."""
        return (self.recorded - self.right) * (1 if self.recorded > 0 else -1)


class Bound(NamedTuple):
    """What misstatements in one direction may amount to, in cents. `upper` has everything in it."""

    known: int
    projected: int
    basic: int
    allowance: int
    upper: int


def plan(risk: Fraction, tolerable: int, expected: int, value: int) -> Plan | None:
    """The size and the interval for a recorded value, or None where it takes more than `LARGEST` items.

    The interval is no longer than the value: where the tolerable is large, something is examined all the same.
    """
    factor = poisson.factor_of_share(risk, Fraction(expected, tolerable), LARGEST)
    if factor is None or factor * value > LARGEST * tolerable:
        return None
    return Plan(ceil(factor * value / tolerable), min(max(1, int(tolerable / factor)), value), factor)


def bound(risk: Fraction, interval: int, findings: Sequence[Finding], sampled_value: int) -> Bound:
    """The upper limit of overstatement; for understatement give the findings of `mirrored`.

    An item of an interval or more was examined for certain: its misstatement is known. `sampled_value` is the recorded
    value of all smaller items, examined or not, and more than that cannot be overstated.
    """
    known = sum(max(0, each.misstatement) for each in findings if abs(each.recorded) >= interval)
    taints = sorted((each.taint for each in findings if abs(each.recorded) < interval), reverse=True)
    taints = [taint for taint in taints if taint > 0]
    if sampled_value == 0:
        return Bound(known, 0, 0, 0, known)
    factors = [poisson.nth_factor(risk, events) for events in range(len(taints) + 1)]
    grown = sum((high - low) * taint for low, high, taint in zip(factors, factors[1:], taints, strict=False))
    limit = interval * (factors[0] + grown)
    if not any(taint > 1 for taint in taints):
        limit = min(limit, Fraction(sampled_value))
    upper, projected = ceil(limit), round(interval * sum(taints, Fraction(0)))
    basic = min(ceil(interval * factors[0]), upper)
    return Bound(known, projected, basic, max(0, upper - basic - projected), known + upper)


def mirrored(findings: Iterable[Finding]) -> list[Finding]:
    """The same with understatements as overstatements: what is too little by so much is too much by as much."""
    return [Finding(each.recorded, 2 * each.recorded - each.right) for each in findings]
