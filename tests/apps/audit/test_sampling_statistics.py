"""Properties of sizes and limits, and whether limits hold as often as they say."""

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from portico.apps.audit.samples import attribute, monetary_unit, poisson
from portico.apps.audit.samples.monetary_unit import Finding

RUNS = 2000
RISK = Fraction(1, 20)
risks = st.sampled_from([Fraction(1, 100), RISK, Fraction(1, 10), Fraction(1, 5), Fraction(1, 2)])
rates = st.integers(100, 3000).map(lambda part: Fraction(part, 10_000))
few = settings(max_examples=60, deadline=None)


@few
@given(risk=risks, tolerable=rates, more=rates, share=st.sampled_from([0, 10, 30]))
def test_more_is_examined_for_less_risk_less_that_is_tolerable_and_more_that_is_expected(
    risk: Fraction, tolerable: Fraction, more: Fraction, share: int
) -> None:
    expected = tolerable * share / 100
    found = attribute.size(risk, tolerable, expected)
    assert found is not None
    assert (attribute.size(risk / 2, tolerable, expected) or (10**9,)) >= found
    assert (attribute.size(risk, tolerable + more, expected) or (10**9,)) <= found
    assert attribute.size(risk, tolerable, Fraction(0)) <= found  # type: ignore[operator]
    assert attribute.upper_limit(risk, found.items, found.deviations) <= tolerable
    assert attribute.binomial_tail(found.deviations, found.items - 1, tolerable) > risk


@few
@given(risk=risks, tolerable=rates, population=st.integers(1, 3000), share=st.sampled_from([0, 20]))
def test_a_clean_sample_of_a_finite_population_is_within_what_is_tolerable(
    risk: Fraction, tolerable: Fraction, population: int, share: int
) -> None:
    found = attribute.size(risk, tolerable, tolerable * share / 100, population)
    assert found is None or found.items <= population
    if found is not None and found.items < population:
        assert attribute.upper_limit(risk, found.items, found.deviations, population) < tolerable


@few
@given(risk=risks, items=st.integers(1, 300), data=st.data())
def test_rates_are_those_of_another_library(risk: Fraction, items: int, data: st.DataObject) -> None:
    deviations = data.draw(st.integers(0, items - 1))
    population = data.draw(st.integers(items, 5000))
    deviating = data.draw(st.integers(0, population))
    exact = special.betaincinv(deviations + 1, items - deviations, 1 - float(risk))
    limit = attribute.upper_limit(risk, items, deviations)
    assert float(limit) - 1e-6 - 1e-9 < exact <= float(limit) + 1e-9
    tail = attribute.hypergeometric_tail(deviations, items, population, deviating)
    assert float(tail) == pytest.approx(stats.hypergeom.cdf(deviations, population, deviating, items), abs=1e-9)


@few
@given(st.integers(0, 400).map(lambda part: Fraction(part, 8)), st.integers(1, 800).map(lambda part: Fraction(part, 8)))
def test_tails_are_those_of_another_library(events: Fraction, mean: Fraction) -> None:
    tail = float(poisson.tail(events, mean))
    assert tail == pytest.approx(special.gammaincc(float(events + 1), float(mean)), abs=1e-12)


@few
@given(risk=risks, value=st.integers(10**6, 10**12), part=st.integers(1, 30), share=st.sampled_from([0, 10, 25]))
def test_a_clean_monetary_unit_sample_is_within_what_is_tolerable(
    risk: Fraction, value: int, part: int, share: int
) -> None:
    tolerable = value * part // 100
    plan = monetary_unit.plan(risk, tolerable, tolerable * share // 100, value)
    assert plan is not None
    clean = [Finding(min(plan.interval - 1, 1000), min(plan.interval - 1, 1000))] * 5
    found = monetary_unit.bound(risk, plan.interval, clean, value)
    assert found.upper <= tolerable
    assert found == (0, 0, found.basic, 0, min(value, ceil(plan.interval * poisson.nth_factor(risk, 0))))


def test_something_is_examined_where_all_is_tolerable() -> None:
    """An interval above the value could begin behind its last cent, and hit nothing."""
    assert monetary_unit.plan(RISK, 5_000_000, 0, 100_000)[:2] == (1, 100_000)  # type: ignore[index]
    assert monetary_unit.plan(Fraction(1, 2), 90_000, 0, 100_000)[:2] == (1, 100_000)  # type: ignore[index]


def test_a_limit_that_is_worked_out_by_hand() -> None:
    """Interval 10,000; taints 100 % and 50 %; a known 300: 10,000 x (3.00 + 1.75 + 0.5 x 1.55) + 300 = 55,550.

    The factors have two decimals there, and are rounded up.
    """
    findings = [Finding(50_000, 25_000), Finding(-7_000, 0), Finding(2_000_000, 1_970_000), Finding(900, 900)]
    found = monetary_unit.bound(RISK, 1_000_000, findings, 10**9)
    assert (found.known, found.projected, found.basic) == (30_000, 1_500_000, 2_995_733)
    assert found.upper == found.known + found.projected + found.basic + found.allowance
    assert 5_545_000 < found.upper < 5_555_000
    clean = monetary_unit.bound(RISK, 1_000_000, monetary_unit.mirrored(findings), 10**9)
    assert (clean.known, clean.projected, clean.upper) == (0, 0, 2_995_733)


def test_nothing_that_is_not_there_can_be_overstated() -> None:
    assert monetary_unit.bound(RISK, 1_000_000, [Finding(100, 0)], 5_000).upper == 5_000
    assert monetary_unit.bound(RISK, 1_000_000, [Finding(2_000_000, 0)], 0) == (2_000_000, 0, 0, 0, 2_000_000)


@pytest.mark.parametrize("deviating", [150, 300, 500, 900])
def test_the_limit_of_a_rate_holds_as_often_as_it_says(deviating: int) -> None:
    population, items = 5000, 80
    found = np.random.default_rng(530).hypergeometric(deviating, population - deviating, items, RUNS)
    for size in (None, population):
        limits = {k: attribute.upper_limit(RISK, items, k, size) for k in set(found.tolist())}
        held = sum(limits[k] >= Fraction(deviating, population) for k in found.tolist())
        assert held >= RUNS * 0.95


@pytest.mark.parametrize(("part", "largest"), [(0.02, 1.0), (0.1, 1.0), (0.3, 0.4)])
def test_the_limit_of_misstatement_holds_as_often_as_it_says(part: float, largest: float) -> None:
    draw = np.random.default_rng(320)
    recorded = np.ceil(draw.lognormal(9, 1.2, 4000)).astype(np.int64) + 1
    taints = np.where(draw.random(4000) < part, draw.random(4000) * largest, 0.0)
    right = recorded - np.floor(recorded * taints).astype(np.int64)
    error = int((recorded - right).sum())
    upto = np.cumsum(recorded)
    interval = int(upto[-1]) // 90
    held = 0
    for first in draw.integers(1, interval + 1, RUNS):
        hit = np.unique(np.searchsorted(upto, np.arange(first, upto[-1] + 1, interval)))
        findings = [Finding(int(recorded[i]), int(right[i])) for i in hit]
        certain = sum(each.recorded for each in findings if each.recorded >= interval)
        held += monetary_unit.bound(RISK, interval, findings, int(upto[-1]) - certain).upper >= error
    assert held >= RUNS * 0.95
