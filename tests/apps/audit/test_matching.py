"""How lines of two ledgers are matched: pure, without a database."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portico.apps.audit.reconciliations.matching import Rules, reconcile
from portico.apps.audit.reconciliations.open_lines import Line, Match, OpenLines, plain
from portico.apps.audit.reconciliations.sums import Search

RULES = Rules(days=3, tolerance=0)


def lines(*given: tuple[int, int | None, str]) -> list[Line]:
    return [Line(position, *each) for position, each in enumerate(given, start=1)]


def matched(left: list[Line], right: list[Line], rules: Rules = RULES) -> list[Match]:
    return reconcile(left, right, rules).matches


def pairs(found: list[Match]) -> list[tuple[str, list[int], list[int]]]:
    return [(match.rule, match.left, match.right) for match in found]


def test_the_nearest_day_comes_first() -> None:
    left, right = lines((500, 10, ""), (500, 12, "")), lines((500, 8, ""), (500, 12, ""), (500, 11, ""))
    found = matched(left, right)
    assert pairs(found) == [("exact", [2], [2]), ("exact", [1], [3])]
    assert found[0].why == "same amount, the same day, no two references to compare"
    assert found[1].why == "same amount, a day apart, no two references to compare"


def test_a_reference_decides_where_both_have_one() -> None:
    left = lines((500, 10, plain("INV 2024/17")), (700, 10, "b"))
    right = lines((500, 10, "other"), (500, 12, plain("inv-2024-17")), (700, 10, "c"))
    found = matched(left, right)
    assert pairs(found) == [("exact", [1], [2])]
    assert found[0].why == "same amount and reference, 2 days apart"


def test_days_too_far_apart_do_not_match() -> None:
    assert matched(lines((500, 10, "a")), lines((500, 14, "a"))) == []
    assert matched(lines((500, 10, "")), lines((500, 13, ""))) != []
    assert matched(lines((500, 10, "")), lines((-500, 10, ""))) == []


def test_a_line_without_a_day_matches_by_its_reference_alone() -> None:
    assert pairs(matched(lines((500, None, "a")), lines((500, 10, "a")))) == [("exact", [1], [1])]
    assert matched(lines((500, None, "")), lines((500, 10, ""))) == []


def test_one_line_is_the_sum_of_several_on_either_side() -> None:
    found = matched(lines((600, 10, ""), (-50, 1, ""), (-30, 2, "")), lines((100, 9, ""), (500, 11, ""), (-80, 2, "")))
    assert pairs(found) == [("one_to_many", [1], [1, 2]), ("one_to_many", [2, 3], [3])]
    assert found[0].why == "2 lines near it add up to it"


def test_lines_with_its_reference_come_first_however_many() -> None:
    parts = [(100, 10, "batch7")] * 6
    found = matched(lines((600, 10, "batch7")), lines((300, 10, ""), (300, 10, ""), *parts))
    assert pairs(found) == [("one_to_many", [1], [3, 4, 5, 6, 7, 8])]
    assert found[0].why == "6 lines with its reference add up to it"


def test_the_smallest_set_comes_first_and_a_second_one_is_told_of() -> None:
    right = lines((100, 10, ""), (200, 10, ""), (300, 10, ""), (250, 10, ""), (350, 10, ""))
    found = matched(lines((600, 10, "")), right)
    assert pairs(found) == [("one_to_many", [1], [4, 5])]
    assert found[0].why == "2 lines near it add up to it"
    found = matched(lines((600, 10, "")), [*right, Line(6, 400, 10, "")])
    assert found[0].why == "2 lines near it, as do others, add up to it"


def test_amounts_within_the_tolerance_match_last() -> None:
    left, right = lines((1000, 10, ""), (1004, 10, "")), lines((1004, 11, ""), (1003, 10, ""), (998, 10, ""))
    found = matched(left, right, Rules(3, 5))
    assert pairs(found) == [("exact", [2], [1]), ("tolerance", [1], [3])]
    assert (found[1].difference, found[1].why) == (2, "amounts 0.02 apart, within the tolerance, the same day")
    assert len(matched(left, right)) == 1
    assert matched(lines((2, 10, "")), lines((-2, 10, "")), Rules(3, 5)) == []


@pytest.mark.parametrize("given", [{"left": (5, "a"), "right": (5, "b")}, {"left": (5, "x"), "right": (300, "x")}])
def test_thousands_of_lines_alike_are_not_compared_each_with_each(given: dict[str, tuple[int, str]]) -> None:
    """A month's salaries, say: of one day, and with one reference."""
    left, right = (lines(*((1000, *given[side]) for _ in range(4000))) for side in ("left", "right"))
    began = time.process_time()
    assert matched(left, right, Rules(3, 10**6)) == []
    assert time.process_time() - began < 1


@pytest.mark.parametrize("reference", ["", "x"])
def test_lines_that_are_looked_at_in_vain_are_steps_too(reference: str) -> None:
    ones = OpenLines(lines(*((1000, 5, reference) for _ in range(300))))
    manys = OpenLines(lines((1, 5, reference), *((10**7, 5, reference) for _ in range(300))))
    search = Search(3, steps=10_000)
    assert list(search.find(ones, manys, one_is_left=True)) == []
    assert not search.is_complete


amounts = st.integers(-20, 20).filter(bool)
some = st.lists(
    st.tuples(amounts, st.one_of(st.none(), st.integers(0, 6)), st.sampled_from(["", "a", "b"])), max_size=25
)


@settings(max_examples=150, deadline=None)
@given(some, some, st.integers(0, 3), st.integers(0, 3))
def test_no_line_is_in_two_matches_and_every_match_adds_up(
    left: list[tuple[int, int | None, str]], right: list[tuple[int, int | None, str]], days: int, tolerance: int
) -> None:
    lefts, rights = lines(*left), lines(*right)
    found = matched(lefts, rights, Rules(days, tolerance))
    for side, each in (("left", lefts), ("right", rights)):
        positions = [position for match in found for position in getattr(match, side)]
        assert len(positions) == len(set(positions))
        assert set(positions) <= {line.position for line in each}
    for match in found:
        ours = sum(lefts[position - 1].cents for position in match.left)
        theirs = sum(rights[position - 1].cents for position in match.right)
        assert ours - theirs == match.difference
        assert abs(match.difference) <= (tolerance if match.rule == "tolerance" else 0)
    assert matched(lefts, rights, Rules(days, tolerance)) == found


def test_twenty_thousand_lines_on_each_side_are_told_apart() -> None:
    draw = random.Random(7)
    known = [(draw.randint(100, 10**7), draw.randint(0, 364), f"r{i}") for i in range(19_000)]
    left = lines(*known, *((draw.randint(100, 10**7), draw.randint(400, 700), "") for _ in range(1_000)))
    right = [Line(i, cents, (day or 0) + 1, ref) for i, (cents, day, ref) in enumerate(known, start=1)]
    right += [Line(20_000 + i, draw.randint(100, 10**7), draw.randint(800, 1100), "") for i in range(1_000)]
    found = reconcile(left, right, RULES)
    assert found.is_complete
    assert {(match.rule, *match.left) for match in found.matches} == {("exact", i) for i in range(1, 19_001)}
