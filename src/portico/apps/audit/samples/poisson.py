"""The Poisson distribution to more digits than a float has, so that no size depends on a rounding.

`tail` is a series of positive terms in 50 digits, wrong by less than `DOUBT`. Where that is too much to tell which of
two is larger, the answer is the careful one.
"""

from bisect import bisect_left
from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

DIGITS = Context(prec=50)
DOUBT = Decimal("1e-30")
STEPS = 10**10
"""Factors are rounded up to this part of one."""
FAR = 60
"""Where Stirling's series for the logarithm of the gamma function is good to 40 digits with these coefficients."""
BERNOULLI = (
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798), (-174611, 330),
    (854513, 138), (-236364091, 2730),
)  # fmt: skip
TWO_PI = Decimal("6.2831853071795864769252867665590057683943387987502116")


def tail(events: Fraction, mean: Fraction) -> Decimal:
    """The chance of at most so many events of this mean; `events` between whole numbers as the gamma function has it.

    It is the regularised upper incomplete gamma function of `events + 1` and `mean`.
    """
    if mean <= 0:
        return Decimal(1)
    with localcontext(DIGITS):
        shape, x = _decimal(events + 1), _decimal(mean)
        term = total = Decimal(1)
        step = shape
        while term > total * DOUBT * DOUBT:
            step += 1
            term *= x / step
            total += term
        return 1 - (shape * x.ln() - x - _log_gamma(shape + 1)).exp() * total


def factor(
    risk: Fraction, events: Callable[[Fraction], Fraction], most: Fraction, *, least: Fraction = Fraction(0)
) -> Fraction | None:
    """The smallest mean from `least` to `most`, rounded up, at which so few events are no more likely than the risk.

    None: it is above `most`. `events` tells how many are expected at a mean.
    """
    with localcontext(DIGITS):
        limit = _decimal(risk) - DOUBT

    def is_rare(steps: int) -> bool:
        mean = Fraction(steps, STEPS)
        return tail(events(mean), mean) <= limit

    steps = range(int(least * STEPS), int(most * STEPS) + 1)
    found = bisect_left(steps, True, key=is_rare)
    return Fraction(steps[found], STEPS) if found < len(steps) else None


@lru_cache(maxsize=1000)
def factor_of_share(risk: Fraction, share: Fraction, most: int) -> Fraction | None:
    """The confidence factor where this share of it is expected. None: it is above `most`."""
    return factor(risk, lambda mean: mean * share, Fraction(most))


@lru_cache(maxsize=20_000)
def nth_factor(risk: Fraction, events: int) -> Fraction:
    """The confidence factor for so many events. At a risk of 5 %: 3.00, 4.75, 6.30 ..., to more digits."""
    least = nth_factor(risk, events - 1) if events else Fraction(0)
    # One event more adds less than the first factor and one; the first is the logarithm of the risk.
    first = nth_factor(risk, 0) if events else Fraction(risk.denominator.bit_length())
    found = factor(risk, lambda _: Fraction(events), least + first + 1, least=least)
    assert found is not None  # noqa: S101 - see above
    return found


def _log_gamma(z: Decimal) -> Decimal:
    below = Decimal(1)
    while z < FAR:
        below *= z
        z += 1
    series = sum(
        (Decimal(up) / (down * (2 * k) * (2 * k - 1)) / z ** (2 * k - 1))
        for k, (up, down) in enumerate(BERNOULLI, start=1)
    )
    return (z - Decimal("0.5")) * z.ln() - z + TWO_PI.ln() / 2 + series - below.ln()


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator
