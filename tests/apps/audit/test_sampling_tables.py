"""Sizes, limits and factors, cell by cell against the tables of the AICPA's guide: see `aicpa`."""

from fractions import Fraction
from math import ceil

import pytest

from portico.apps.audit.samples import attribute, monetary_unit, poisson
from tests.apps.audit import aicpa


def percent(number: float) -> Fraction:
    return Fraction(str(number)) / 100


def test_the_size_that_everybody_knows() -> None:
    assert attribute.size(percent(5), percent(5), Fraction(0)) == (59, 0)


@pytest.mark.parametrize(("risk", "table"), [(5, aicpa.SIZES_5), (10, aicpa.SIZES_10)])
def test_attribute_sizes_are_those_of_tables_a1_and_a2(risk: int, table: dict[int, str]) -> None:
    for tolerable, row in table.items():
        cells = zip(aicpa.EXPECTED, row.split(), strict=False)
        published = {expected: int(size) for expected, size in cells}
        corrected = {e: aicpa.TOO_SMALL.get((risk, tolerable, e), size) for e, size in published.items()}
        found = {e: attribute.size(percent(risk), percent(tolerable), percent(e)) for e in published}
        assert {e: size and size.items for e, size in found.items()} == corrected


def test_the_cells_that_differ_keep_less_than_their_risk() -> None:
    for (risk, tolerable, _), size in aicpa.TOO_SMALL.items():
        assert attribute.binomial_tail(4, size - 1, percent(tolerable)) > percent(risk)
        assert attribute.binomial_tail(4, size, percent(tolerable)) <= percent(risk)


def test_a_float_would_pick_another_size() -> None:
    """400 x 0.035 is 14.000000000000002: one more deviation would be expected, and 423 items examined."""
    assert 400 * 0.035 > 14
    assert attribute.size(percent(10), percent(5), percent(3.5)) == (400, 14)
    assert attribute.size(percent(10), percent(8), percent(7)) == (1300, 91)


@pytest.mark.parametrize(("risk", "table"), [(5, aicpa.LIMITS_5), (10, aicpa.LIMITS_10)])
def test_upper_limits_are_those_of_tables_a3_and_a4(risk: int, table: str) -> None:
    for items, line in zip(aicpa.EVALUATED, table.split("\n")[1:], strict=True):
        limits = [attribute.upper_limit(percent(risk), items, found) for found in range(11)]
        assert [f"{ceil(limit * 1000) / 10:.1f}" for limit in limits] == line.split()


def test_monetary_unit_sizes_are_those_of_table_c1() -> None:
    value = 10**12
    for (risk, ratio), row in aicpa.MONETARY_UNITS.items():
        tolerable = [int(value * percent(part)) for part in aicpa.TOLERABLE]
        plans = [monetary_unit.plan(percent(risk), each, each * ratio // 100, value) for each in tolerable]
        assert [plan and plan.items for plan in plans] == [int(size) for size in row.split()]


def test_confidence_factors_are_those_of_the_evaluation_table() -> None:
    for risk, row in aicpa.FACTORS.items():
        for events, published in enumerate(row.split()):
            factor = poisson.nth_factor(percent(risk), events)
            assert published in (f"{ceil(factor * 100) / 100:.2f}", f"{float(factor):.2f}")
