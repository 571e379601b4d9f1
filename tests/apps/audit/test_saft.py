"""SAF-T as several countries write it, and files that are none."""

from pathlib import Path

import pytest

from portico.apps.audit.ledgers.cells import Unreadable
from tests.apps.audit.ledgers import example
from tests.apps.audit.reading import read_as_ledger

LINE = "<Line><AccountID>{account}</AccountID><{side}Amount><Amount>{amount}</Amount></{side}Amount></Line>"


def saft(
    *lines: str, before: str = "", root: str = "AuditFile", entry: str = "<TransactionID>1</TransactionID>"
) -> bytes:
    body = "\n".join(lines) or LINE.format(account=1, side="Debit", amount="1.00")
    return (
        f'<?xml version="1.0"?>\n{before}<{root} xmlns="urn:x"><GeneralLedgerEntries><Journal><JournalID>J</JournalID>'
        f"<Transaction>{entry}<TransactionDate>2025-01-31</TransactionDate>\n{body}</Transaction></Journal>"
        f"</GeneralLedgerEntries></{root}>"
    ).encode()


def test_the_example_of_the_standard(tmp_path: Path) -> None:
    found = read_as_ledger(tmp_path, example())
    assert found.format == "saft"
    assert found.declared == {
        "currency": "NOK", "year": "2015", "entries": 2, "debit": "25000.00", "credit": "25000.00"
    }  # fmt: skip
    assert found.computed == {"accounts": 4, "entries": 2, "lines": 5, "debit": "25000.00", "credit": "25000.00"}
    assert found.accounts[0] == ["1925", "Bankkonto 1234.56.78911", "1234.56", "12345.67"]
    assert found.accounts[1][2:] == ["-1234.56", "-12345.67"]
    assert found.entries[0] == [
        "1", "A", "4567", "10", "2015-10-22", "2015-10-31", "2015-10-20", "1234", "", "Faktura 123456"
    ]  # fmt: skip
    assert [line[1:4] for line in found.lines] == [
        ["1", "4000", "10000.00"], ["1", "2740", "2500.00"], ["1", "2400", "-12500.00"], ["2", "2400", "12500.00"],
        ["2", "1925", "-12500.00"],
    ]  # fmt: skip
    assert found.lines[2][5:] == ["123456", "20000"]


def test_lines_and_amounts_as_portugal_writes_them(tmp_path: Path) -> None:
    lines = (
        "<Lines><DebitLine><AccountID>11</AccountID><DebitAmount>5.10</DebitAmount></DebitLine>"
        "<CreditLine><AccountID>71</AccountID><CreditAmount>5.10</CreditAmount></CreditLine></Lines>"
    )
    assert [line[2:4] for line in read_as_ledger(tmp_path, saft(lines)).lines] == [["11", "5.10"], ["71", "-5.10"]]


def test_a_negative_debit_stays_a_debit_in_the_totals(tmp_path: Path) -> None:
    lines = [LINE.format(account=1, side="Debit", amount=amount) for amount in ("10.00", "-4.00")]
    found = read_as_ledger(tmp_path, saft(*lines))
    assert (found.computed["debit"], found.computed["credit"]) == ("6.00", "0")
    assert [line[3] for line in found.lines] == ["10.00", "-4.00"]


def test_texts_cannot_leave_their_cells(tmp_path: Path) -> None:
    line = (
        "<Line><AccountID>1</AccountID><Description>a\tb\\N\nc\\.</Description><DebitAmount><Amount>1</Amount>"
        "</DebitAmount></Line>"
    )
    assert read_as_ledger(tmp_path, saft(line)).lines == [["1", "1", "1", "1.00", "a\\tb\\\\N\\nc\\\\.", "", ""]]


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (saft(before='<!DOCTYPE AuditFile SYSTEM "http://example.com/x.dtd">\n'), "DTD", 1),
        (saft(before='<!DOCTYPE AuditFile [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>\n'), "DTD", 1),
        (saft(root="Invoices"), "no AuditFile", 1),
        (b"<html><body>Not found</body></html>", "no AuditFile", 1),
        (saft()[:-20], "well-formed", 3),
        (saft(LINE.format(account=1, side="Debit", amount="1.005")), "two decimals", 3),
        (saft(LINE.format(account=1, side="Debit", amount="1,5")), "no amount", 3),
        (saft("", LINE.format(account=1, side="Debit", amount="ten")), "no amount", 4),
        (saft(LINE.format(account="", side="Debit", amount="1")), "no AccountID", 3),
        (saft("<Line><AccountID>1</AccountID></Line>"), "neither DebitAmount nor CreditAmount", 3),
        (saft(entry="<TransactionID/>"), "no TransactionID", 2),
        (saft(entry="<TransactionID>1</TransactionID><GLPostingDate>31.1.25x</GLPostingDate>"), "no date", 2),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path: Path, content: bytes, reason: str, line: int) -> None:
    with pytest.raises(Unreadable, match=reason) as refused:
        read_as_ledger(tmp_path, content)
    assert refused.value.line == line


def test_a_line_far_down_has_its_number(tmp_path: Path) -> None:
    """libxml2 once counted to 65,535."""
    lines = [LINE.format(account=1, side="Debit", amount="1")] * 70_000
    lines[69_990] = LINE.format(account=1, side="Debit", amount="x")
    with pytest.raises(Unreadable) as refused:
        read_as_ledger(tmp_path, saft(*lines))
    assert refused.value.line == 69_993


def test_accounts_elsewhere_are_none(tmp_path: Path) -> None:
    account = "<Account><AccountID>1000</AccountID><AccountDescription>Bank</AccountDescription></Account>"
    master = f"<MasterFiles><GeneralLedgerAccounts>{account}</GeneralLedgerAccounts><Customers><Customer>{account}"
    content = saft().replace(b"<GeneralLedgerEntries>", f"{master}</Customer></Customers></MasterFiles>"
                             "<GeneralLedgerEntries>".encode(), 1)  # fmt: skip
    assert read_as_ledger(tmp_path, content).accounts == [["1000", "Bank", "\\N", "\\N"]]


def test_balances_of_sums_are_not_asked_for(tmp_path: Path) -> None:
    """Portugal lists them beside the accounts that are booked on."""
    account = (
        "<Account><AccountID>{}</AccountID><OpeningDebitBalance>5.00</OpeningDebitBalance>"
        "<ClosingDebitBalance>6.00</ClosingDebitBalance><GroupingCategory>{}</GroupingCategory></Account>"
    )
    accounts = "".join(account.format(*each) for each in (("1", "GR"), ("11", "GA"), ("111", "GM")))
    master = f"<MasterFiles><GeneralLedgerAccounts>{accounts}</GeneralLedgerAccounts></MasterFiles>"
    content = saft().replace(b"<GeneralLedgerEntries>", f"{master}<GeneralLedgerEntries>".encode(), 1)
    assert read_as_ledger(tmp_path, content).accounts == [
        ["1", "", "\\N", "\\N"], ["11", "", "\\N", "\\N"], ["111", "", "5.00", "6.00"]
    ]  # fmt: skip


def test_an_account_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    account = "<Account><AccountID>1000</AccountID></Account>"
    master = f"<MasterFiles><GeneralLedgerAccounts>{account}{account}</GeneralLedgerAccounts></MasterFiles>"
    content = saft().replace(b"<GeneralLedgerEntries>", f"{master}<GeneralLedgerEntries>".encode(), 1)
    with pytest.raises(Unreadable, match="account 1000 is there twice"):
        read_as_ledger(tmp_path, content)
