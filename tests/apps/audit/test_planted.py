"""Anomalies that were planted in a company's year of books: each is found by its test, and the rest is counted."""

from collections import Counter
from typing import Any

import pytest

from portico.apps.audit.exceptions.catalog import NAMES
from portico.apps.audit.sample.books import PLANTED, books
from portico.apps.audit.sample.entries import Books
from tests.apps.audit.ledgers import csv_of, found_by, imported, run_tests, saft_of
from tests.apps.audit.world import World

SEED, LINES = 2025, 3000
FALSE = {
    # Loans are repaid in round amounts, and accruals reversed in the month that follows.
    "round_amount": 12, "reversal": 11,
    # Amounts are what they are: so many lie just below a limit by chance.
    "just_under_limit": 10,
}  # fmt: skip
"""What else each test brings up in these books; the tests that are not named: nothing."""


@pytest.fixture(scope="module")
def made_up() -> Books:
    return books(SEED, LINES)


@pytest.fixture(scope="module", params=[saft_of, csv_of], ids=["saft", "csv"])
def found(shared_world: World, made_up: Books, request: pytest.FixtureRequest) -> dict[str, list[dict[str, Any]]]:
    """What each test brings up."""
    ledger = imported(shared_world, request.param(made_up), "books.xml" if request.param is saft_of else "books.csv")
    assert ledger["state"] == "imported", ledger["reason"]
    runs = run_tests(shared_world, ledger["id"], **made_up.parameters)
    return {name: found_by(shared_world, runs[name]) for name in NAMES}


def test_something_of_every_kind_is_planted(made_up: Books) -> None:
    assert set(PLANTED) == set(NAMES)
    assert Counter(each.test for each in made_up.planted) == PLANTED


def test_the_same_seed_gives_the_same_books() -> None:
    assert books(7, 700) == books(7, 700)
    assert books(7, 700).entries != books(8, 700).entries


@pytest.mark.parametrize("name", [name for name in NAMES if name != "benford"])
def test_every_planted_entry_is_found_by_its_test(
    made_up: Books, found: dict[str, list[dict[str, Any]]], name: str
) -> None:
    planted = {(each.journal, each.number) for each in made_up.planted if each.test == name}
    assert planted <= {(each["journal"], each["number"]) for each in found[name]}


def test_invented_amounts_are_found_by_their_digits(found: dict[str, list[dict[str, Any]]]) -> None:
    """They begin with 77; so 7 is too frequent as well, and the two digits as a whole no longer conform.

    Two are false: each month's salaries are 41,386.40, and its rent is 6,480.
    """
    assert [each["details"]["digits"] for each in found["benford"]] == [7, "first_two", 41, 64, 77]


def test_false_positives_are_those_that_are_stated(made_up: Books, found: dict[str, list[dict[str, Any]]]) -> None:
    """An entry that was planted for another test is no false one: it is as strange as it was meant to be."""
    planted = {(each.journal, each.number) for each in made_up.planted}
    false = {
        name: len({(each["journal"], each["number"]) for each in found[name]} - planted)
        for name in NAMES if name != "benford"
    }  # fmt: skip
    assert {name: count for name, count in false.items() if count} == {name: n for name, n in FALSE.items() if n}
