"""The solver of cut plans: every plan holds, and is as good as can be proved by hand."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from portico.apps.factory.cut_plans.problem import Part, Stock
from portico.apps.factory.cut_plans.solver import solve
from tests.apps.factory.cutting import D, judge, material, planned, triplets, uniform

LENGTHS = some.decimals(min_value=1, max_value=700, places=2)
STOCKS = some.builds(
    Stock, some.decimals(min_value=50, max_value=1000, places=2), some.none() | some.integers(min_value=1, max_value=3)
)
ALLOWANCES = some.decimals(min_value=0, max_value=30, places=2)


@settings(max_examples=50, deadline=None)
@given(
    some.lists(STOCKS, min_size=1, max_size=4), some.lists(LENGTHS, min_size=1, max_size=25), ALLOWANCES, ALLOWANCES,
    ALLOWANCES,
)  # fmt: skip
def test_promise_8_each_piece_once_and_nothing_beyond_the_bar(
    stock: list[Stock], lengths: list[Decimal], kerf: Decimal, trim: Decimal, keep: Decimal
) -> None:
    parts = [Part(key, length) for key, length in enumerate(lengths)]
    plan = solve(stock, parts, kerf=kerf, trim=trim, min_remnant=keep, seconds=0.03)
    judge(plan, stock, parts, kerf=kerf, trim=trim, keep=keep)


@pytest.mark.parametrize("seed", range(3))
def test_uniform_lengths_take_one_bar_more_than_the_bound_at_the_most(seed: int) -> None:
    stock, lengths = uniform(Random(seed))
    plan = planned([stock], lengths, seconds=2)
    assert material(plan) <= plan.bound + stock.length


@pytest.mark.parametrize("seed", range(4))
def test_triplets_leave_no_rest(seed: int) -> None:
    stock, lengths = triplets(Random(seed))
    plan = planned([stock], lengths)
    assert material(plan) == plan.bound == 20 * stock.length


def test_the_last_piece_may_end_where_the_end_trim_begins() -> None:
    """10 + 3 x 320 + 2 x 5 + 10 is 990: there are three in a bar of 990, and two in one of 989.99."""
    assert len(planned([Stock(D(990))], [320] * 3, kerf="5", trim="10").bars) == 1
    assert len(planned([Stock(D("989.99"))], [320] * 3, kerf="5", trim="10").bars) == 2


@pytest.mark.parametrize(("length", "rest"), [("990", "0"), ("993", "0"), ("995", "0"), ("997.5", "2.5")])
def test_a_rest_is_what_the_last_cut_leaves(length: str, rest: str) -> None:
    (bar,) = planned([Stock(D(length))], [320] * 3, kerf="5", trim="10").bars
    assert bar.rest == D(rest)


def test_the_kerf_decides() -> None:
    """Without a kerf 4 x 250 is a bar. With one of 1 a bar has three, so eight take three bars."""
    assert len(planned([Stock(D(1000))], [250] * 8).bars) == 2
    assert len(planned([Stock(D(1000))], [250] * 8, kerf="1").bars) == 3


def test_several_lengths_the_least_material_wins() -> None:
    """5 x 400: two bars of 1000 hold four, and the fifth fits 450. 1000 + 1000 + 450 is 2450; no less will do, since
    bars of 1000 hold two each and those of 450 one each: 2a + b >= 5 costs 1000a + 450b, and 5 x 450 is 2250."""
    plan = planned([Stock(D(1000)), Stock(D(450))], [400] * 5)
    assert material(plan) == 2250
    assert material(planned([Stock(D(1000)), Stock(D(450), 1)], [400] * 5)) == 2450
    assert material(planned([Stock(D(1000)), Stock(D(650))], [400] * 5)) == 2650


def test_remnants_are_used_where_that_saves_material_and_only_as_often_as_they_are() -> None:
    """Seven of 600 need a bar each: two remnants of 700 and five of 1000 are 6400."""
    plan = planned([Stock(D(1000)), Stock(D(700), 2), Stock(D(500), 9)], [600] * 7)
    assert material(plan) == plan.bound == 6400
    assert sorted(bar.length for bar in plan.bars) == [700, 700, 1000, 1000, 1000, 1000, 1000]


def test_of_equal_material_the_most_is_kept() -> None:
    """2 x 500 and 2 x 400 take two bars of 1000, and leave 200 in one of them rather than 100 in both."""
    plan = planned([Stock(D(1000))], [500, 500, 400, 400], keep="150")
    assert sorted(bar.rest for bar in plan.bars) == [0, 200]
    assert [bar.rest for bar in plan.bars if bar.is_kept] == [200]
    # With rests of 60 and more worth keeping, 100 + 100 is as much as 200, and one long one is worth more.
    assert sorted(bar.rest for bar in planned([Stock(D(1000))], [500, 500, 400, 400], keep="60").bars) == [0, 200]


def test_what_the_stock_cannot_give_is_named() -> None:
    """Two bars of 1000 hold 2 x 600 and 2 x 300; the longest piece fits none."""
    plan = planned([Stock(D(1000), 2)], [600, 600, 600, 300, 300, 1001], seconds=1)
    assert [part.length for part in plan.left_over] == [600, 1001]
    assert len(plan.bars) == 2
    nothing = planned([Stock(D(1000), 2)], [995], trim="3")
    assert (nothing.bars, [part.length for part in nothing.left_over]) == ((), [995])


def test_a_bar_that_its_trims_eat_up_gives_nothing() -> None:
    plan = planned([Stock(D(20)), Stock(D(100))], [15], trim="10")
    assert [bar.length for bar in plan.bars] == [100]
