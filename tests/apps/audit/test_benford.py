"""Benford's law, against what was computed by hand and what others have published."""

import math

import pytest

from portico.apps.audit.exceptions.benford import chi_squared_tail, compare, conformity, expected_share


def test_the_shares_are_those_of_the_law_and_sum_up() -> None:
    assert expected_share(1) == pytest.approx(0.30103, abs=5e-6)
    assert expected_share(9) == pytest.approx(0.04576, abs=5e-6)
    assert math.fsum(expected_share(digit) for digit in range(1, 10)) == pytest.approx(1)
    assert math.fsum(expected_share(digits) for digits in range(10, 100)) == pytest.approx(1)


def test_by_hand() -> None:
    """1,000 amounts, 400 with a 1 and 600 with a 9: of both digits everything can be written down.

    Chi-squared is the sum of observed squared over expected, less the number: 400^2/301.0300 + 600^2/45.7575 - 1000.
    The shares of the seven digits that were not seen sum up to 1 - 0.30103 - 0.0457575 = 0.6532125.
    """
    found = compare({1: 400, 9: 600}, "first")
    assert found.chi_squared == pytest.approx(531.509 + 7867.563 - 1000, abs=0.01)
    assert found.mean_absolute_deviation == pytest.approx((0.09897 + 0.5542425 + 0.6532125) / 9, abs=1e-6)
    assert (found.degrees, found.amounts, found.conformity) == (8, 1000, "nonconforming")
    nine = found.counts[8]
    # (0.6 - 0.0457575 - 0.0005) / sqrt(0.0457575 * 0.9542425 / 1000)
    assert nine.z == pytest.approx(83.80, abs=0.01)
    assert nine.stands_out
    assert not any(each.stands_out for each in compare({1: 40, 9: 60}, "first").counts)


def test_what_conforms_exactly_does_not_deviate() -> None:
    counts = {digit: round(1_000_000 * expected_share(digit)) for digit in range(1, 10)}
    found = compare(counts, "first")
    assert found.chi_squared < 1e-4
    assert found.p_value == pytest.approx(1)
    assert found.conformity == "close"
    assert not any(each.stands_out for each in found.counts)


def test_sino_forest_as_published() -> None:
    """The 772 figures of Sino-Forest's report for 2010 (Nigrini 2012): R's digitTests and jfa publish
    X-squared = 7.6517, df = 8, p-value = 0.4682, and a mean absolute deviation of 0.0065981."""
    found = compare(dict(enumerate((231, 124, 97, 70, 64, 54, 40, 54, 38), start=1)), "first")
    assert found.amounts == 772
    assert found.chi_squared == pytest.approx(7.6517, abs=5e-5)
    assert found.p_value == pytest.approx(0.4682, abs=5e-5)
    assert found.mean_absolute_deviation == pytest.approx(0.0065981, abs=5e-8)
    assert found.conformity == "acceptable"
    assert found.is_few


@pytest.mark.parametrize(
    ("value", "degrees", "published"),
    [
        (20.9222, 8, 0.0074),  # Triola, Elementary Statistics, 13th edition, 11-1, on first digits
        (107.16, 89, 0.09222),  # R's benford.analysis, on the towns of the US census of 2009
        (15.507, 8, 0.05),  # tables of the distribution
        (20.090, 8, 0.01),
        (112.022, 89, 0.05),
        (122.942, 89, 0.01),
    ],
)
def test_the_tail_of_chi_squared_as_published(value: float, degrees: int, published: float) -> None:
    assert chi_squared_tail(value, degrees) == pytest.approx(published, abs=6e-5)


def test_the_tail_is_a_probability_at_its_ends() -> None:
    for degrees in (8, 89):
        assert chi_squared_tail(0, degrees) == 1
        assert chi_squared_tail(1e-9, degrees) == pytest.approx(1)
        assert 0 <= chi_squared_tail(1e6, degrees) < 1e-300


@pytest.mark.parametrize(
    ("deviation", "digits", "name"),
    [
        (0.006, "first", "close"), (0.0061, "first", "acceptable"), (0.012, "first", "acceptable"),
        (0.015, "first", "marginally acceptable"), (0.0151, "first", "nonconforming"),
        (0.0012, "first_two", "close"), (0.0018, "first_two", "acceptable"),
        (0.0022, "first_two", "marginally acceptable"), (0.00221, "first_two", "nonconforming"),
    ],
)  # fmt: skip
def test_the_ranges_at_their_ends(deviation: float, digits: str, name: str) -> None:
    assert conformity(deviation, digits) == name  # type: ignore[arg-type]


def test_nothing_says_nothing() -> None:
    found = compare({}, "first_two")
    assert (found.amounts, found.chi_squared, found.p_value, found.is_few) == (0, 0, 1, True)
    assert len(found.counts) == 90
