"""Debit and credit, dates and numbers as ledgers of many countries are exported."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from portico.apps.audit.ledgers import cells
from portico.apps.audit.ledgers.cells import Unreadable
from tests.apps.audit.reading import Found, read_as_ledger


def sided(folder: Path, *rows: str, headings: str = "date;account;amount;d/c", **mapping: Any) -> Found:
    return read_as_ledger(folder, "\n".join([headings, *rows]).encode(), **mapping)


def amounts(found: Found) -> list[str]:
    """Debit positive."""
    return [line[3] for line in found.lines]


@pytest.mark.parametrize(
    ("debit", "credit"), [("D", "C"), ("Dr.", "Cr."), ("S", "H"), ("debit", "CREDIT"), ("+1", "-1"), ("Soll", "Haben")]
)
def test_an_amount_and_a_column_that_says_which_side_it_is(tmp_path: Path, debit: str, credit: str) -> None:
    found = sided(tmp_path, f"2025-01-02;1;5,00;{debit}", f"2025-01-02;2;5,00;{credit}", f"2025-01-03;1;-2,00;{debit}")
    assert amounts(found) == ["5.00", "-5.00", "-2.00"]
    assert (found.computed["debit"], found.computed["credit"]) == ("3.00", "5.00")


def test_a_column_of_sides_may_be_called_anything(tmp_path: Path) -> None:
    columns = {"date": "when", "account": "where", "amount": "sum", "side": "kind of it"}
    found = sided(tmp_path, "2025-01-02;1;5;C", headings="when;where;sum;kind of it", columns=columns)
    assert amounts(found) == ["-5.00"]


def test_a_side_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    for word in ("", "x"):
        with pytest.raises(Unreadable, match="neither debit nor credit") as refused:
            sided(tmp_path, "2025-01-02;1;5;C", f"2025-01-02;1;5;{word}")
        assert refused.value.line == 3


@pytest.mark.parametrize(
    ("headings", "rows"),
    [
        ("date;account;amount;d/c", ("2025-01-02;1;5.00;D", "2025-01-02;2;-5.00;C")),
        ("date;account;debit;credit", ("2025-01-02;1;5.00;", "2025-01-02;2;;-5.00")),
    ],
)
def test_credits_that_all_have_a_minus_are_not_turned_twice(
    tmp_path: Path, headings: str, rows: tuple[str, ...]
) -> None:
    found = sided(tmp_path, *rows, headings=headings)
    assert amounts(found) == ["5.00", "-5.00"]
    assert (found.computed["debit"], found.computed["credit"]) == ("5.00", "5.00")


def test_a_credit_that_is_taken_back_stays_one(tmp_path: Path) -> None:
    rows = ("2025-01-02;1;;5.00", "2025-01-03;1;;-5.00", "2025-01-03;2;-5.00;")
    found = sided(tmp_path, *rows, headings="date;account;debit;credit")
    assert amounts(found) == ["-5.00", "5.00", "-5.00"]


def test_the_file_that_french_companies_have_to_keep(tmp_path: Path) -> None:
    headings = (
        "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate|"
        "EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise"
    )
    row = "VE|Ventes|12|20250131|411000|Clients|C7|Dupont|FA-9|20250130|Facture|1200,50|0,00|||20250205||"
    found = sided(tmp_path, row, headings=headings)
    assert found.entries == [["1", "VE", "12", "1", "2025-01-31", "2025-01-30", "2025-02-05", "", "", "Facture"]]
    assert found.lines == [["1", "1", "411000", "1200.50", "Facture", "FA-9", "C7"]]


def test_one_number_on_two_days_is_two_entries(tmp_path: Path) -> None:
    """A bill and its payment have the bill's number, and some systems count anew each month."""
    found = sided(tmp_path, "2025-01-02;7;1;5", "2025-03-02;7;1;-5", headings="date;number;account;amount")
    assert [(entry[2], entry[4]) for entry in found.entries] == [("7", "2025-01-02"), ("7", "2025-03-02")]


def test_rows_without_a_number_are_called_after_their_lines(tmp_path: Path) -> None:
    """And a row that has the number of such a line is no part of it."""
    rows = ("2025-01-02;;1;5", "2025-01-02;2;1;5", "2025-01-02;;1;5")
    found = sided(tmp_path, *rows, headings="date;number;account;amount")
    assert [entry[2] for entry in found.entries] == ["(line 2)", "2", "(line 4)"]


def test_dates_of_one_file_may_be_written_differently(tmp_path: Path) -> None:
    """What stands year first says nothing of the order in which others stand."""
    headings = "date;account;amount;entered on"
    found = sided(tmp_path, "2025-03-04;1;5;03/14/2025", headings=headings)
    assert found.entries[0][6] == "2025-03-14"
    with pytest.raises(Unreadable, match="say date_order"):
        sided(tmp_path, "2025-03-04;1;5;03/04/2025", headings=headings)


@pytest.mark.parametrize(
    ("text", "order"), [("4-Mar-2025", ""), ("04 March 2025", ""), ("4-mar-25", "mdy"), ("04.MAR.2025 00:00", "")]
)
def test_months_by_their_names(text: str, order: str) -> None:
    assert cells.day(text, order) == datetime.date(2025, 3, 4)


@pytest.mark.parametrize("text", ["03/04/25", "4-Foo-2025", "31-Feb-2025", "5/2025"])
def test_no_days(text: str) -> None:
    with pytest.raises(Unreadable):
        cells.day(text)


@pytest.mark.parametrize(("text", "amount"), [("12,34,567.89", "1234567.89"), ("1,00,000", "100000.00")])
def test_lakhs_and_crores(text: str, amount: str) -> None:
    assert str(cells.amount(text)) == amount


@pytest.mark.parametrize("text", ["1,5", "12,34", "1,00,00", "123,45,678"])
def test_no_lakhs_and_crores(text: str) -> None:
    with pytest.raises(Unreadable):
        cells.amount(text)
