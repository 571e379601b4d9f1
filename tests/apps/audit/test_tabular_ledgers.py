"""Ledgers in rows and columns: CSV and sheets, as people export them."""

import datetime
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlrd  # type: ignore[import-untyped]  # it has no annotations
from xlrd.sheet import Cell  # type: ignore[import-untyped]  # it has no annotations

from portico.apps.audit.ledgers import cells, sheets
from portico.apps.audit.ledgers.cells import Unreadable
from portico.apps.audit.ledgers.delimited import BLOCK
from tests.apps.audit.foreign_files import xls
from tests.apps.audit.reading import read_as_ledger

PLAIN = """date,journal,number,account,debit,credit,description
2025-01-02,J,1,1000,5.00,,Cash
2025-01-02,J,1,4000,,5.00,Cash
"""


def sheet(*rows: list[Any], title: str = "Ledger") -> bytes:
    book, target = openpyxl.Workbook(), io.BytesIO()
    page = book.active
    page.title = title
    for row in rows:
        page.append(row)
    book.save(target)
    return target.getvalue()


def test_usual_headings_need_no_mapping(tmp_path: Path) -> None:
    found = read_as_ledger(tmp_path, PLAIN.encode())
    assert found.format == "csv"
    assert found.entries == [["1", "J", "1", "1", "2025-01-02", "\\N", "\\N", "", "", "Cash"]]
    assert [line[1:4] for line in found.lines] == [["1", "1000", "5.00"], ["1", "4000", "-5.00"]]
    assert [account[0] for account in found.accounts] == ["1000", "4000"]
    assert found.computed["debit"] == found.computed["credit"] == "5.00"


def test_as_a_german_sheet_is_exported(tmp_path: Path) -> None:
    text = "Buchungsdatum;Belegnummer;Konto;Soll;Haben;Buchungstext\n31.01.2025;7;1200;1.234,56;;Müller\n"
    found = read_as_ledger(tmp_path, text.encode("cp1252"))
    assert found.entries[0][4] == "2025-01-31"
    assert found.lines == [["1", "1", "1200", "1234.56", "Müller", "", ""]]


def test_a_mapping_says_which_column_is_what(tmp_path: Path) -> None:
    text = "Made by a system\nWhen|Which|Where|How much|Who|Seen by\n03/04/2025|9|K1|(7.50)|ann|bob\n"
    columns = {
        "date": "when", "number": "Which", "account": "Where", "amount": "How much", "poster": "Who",
        "approver": "Seen by",
    }  # fmt: skip
    found = read_as_ledger(tmp_path, text.encode(), columns=columns, date_order="mdy", header_row=2)
    assert found.entries[0][4] == "2025-03-04"
    assert found.entries[0][7:9] == ["ann", "bob"]
    assert found.lines[0][2:4] == ["K1", "-7.50"]
    assert found.computed["credit"] == "7.50"


def test_totals_below_the_lines_are_no_lines(tmp_path: Path) -> None:
    content = f"{PLAIN}\n,,,Total,5.00,5.00,\nPrinted by a system\n\n".encode()
    assert len(read_as_ledger(tmp_path, content, footer_rows=2).lines) == 2
    with pytest.raises(Unreadable, match="there is no date") as refused:
        read_as_ledger(tmp_path, content)
    assert refused.value.line == 5


def test_rows_of_one_number_are_one_entry_wherever_they_stand(tmp_path: Path) -> None:
    """Ledgers are often exported account by account."""
    rows = ("2025-01-02,J,1,1000,5", "2025-01-03,J,2,1000,7", "2025-01-02,J,1,4000,-5", "2025-01-03,J,2,4000,-7",
            "2025-01-03,K,2,4000,1", "2024-01-03,J,2,4000,1")  # fmt: skip
    found = read_as_ledger(tmp_path, ("date,journal,number,account,amount\n" + "\n".join(rows)).encode())
    assert [line[1] for line in found.lines] == ["1", "2", "1", "2", "3", "4"]
    assert len(found.entries) == 4


def test_a_bank_statement_needs_no_account(tmp_path: Path) -> None:
    text = "date;amount;description\n2025-01-02;100,50;Received\n2025-01-03;-20,00;Paid\n"
    found = read_as_ledger(tmp_path, text.encode(), kind="bank")
    assert [line[2:4] for line in found.lines] == [["bank", "100.50"], ["bank", "-20.00"]]
    assert [entry[2] for entry in found.entries] == ["(line 2)", "(line 3)"]


def test_control_totals_beside_the_file(tmp_path: Path) -> None:
    found = read_as_ledger(tmp_path, PLAIN.encode(), declared={"entries": 2, "debit": "5.00"})
    assert found.declared == {"entries": 2, "debit": "5.00"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_marks_of_encodings(tmp_path: Path, encoding: str) -> None:
    content = PLAIN.replace("Cash", "Größe").encode(encoding)
    assert read_as_ledger(tmp_path, content).lines[0][4] == "Größe"


def test_a_mark_that_is_no_part_of_the_encoding_that_is_named(tmp_path: Path) -> None:
    assert len(read_as_ledger(tmp_path, PLAIN.encode("utf-8-sig"), encoding="utf-8").lines) == 2


def test_a_letter_far_down_tells_the_encoding(tmp_path: Path) -> None:
    rows = "".join(f"2025-01-02,J,{number},1000,1.00,,Cash\n" for number in range(3000))
    content = f"{PLAIN}{rows}2025-01-02,J,3000,1000,1.00,,Größe\n".encode("cp1252")
    assert len(content) > BLOCK
    assert read_as_ledger(tmp_path, content).lines[-1][4] == "Größe"


def test_a_text_may_go_over_lines(tmp_path: Path) -> None:
    content = PLAIN.replace("Cash", '"Cash, ""as\nagreed"""', 1).encode()
    found = read_as_ledger(tmp_path, content)
    assert [line[4] for line in found.lines] == ['Cash, "as\\nagreed"', "Cash"]


def test_a_sheet(tmp_path: Path) -> None:
    content = sheet(
        ["Date", "Voucher", "Account", "Account name", "Amount"],
        [datetime.datetime(2025, 2, 3), 12.0, 1000.0, "Bank", 0.1 + 0.2],  # noqa: DTZ001 - a sheet has no zones
        [datetime.date(2025, 2, 3), 12, "4000", "Sales", -0.3],
        [None, None, None, None, None],
    )
    found = read_as_ledger(tmp_path, content)
    assert found.format == "xlsx"
    assert found.entries == [["1", "", "12", "2", "2025-02-03", "\\N", "\\N", "", "", ""]]
    assert [line[2:4] for line in found.lines] == [["1000", "0.30"], ["4000", "-0.30"]]
    assert found.accounts == [["1000", "Bank", "\\N", "\\N"], ["4000", "Sales", "\\N", "\\N"]]


def test_a_sheet_that_says_it_is_smaller_than_it_is(tmp_path: Path) -> None:
    """As the exports of some programs do."""
    source, target = io.BytesIO(sheet(["Date", "Account", "Amount"], ["2025-02-03", "1000", 5])), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/"):
                assert b'ref="A1:C2"' in content
                content = content.replace(b'ref="A1:C2"', b'ref="A1"')
            new.writestr(name, content)
    assert read_as_ledger(tmp_path, target.getvalue()).lines[0][2:4] == ["1000", "5.00"]


def test_an_old_sheet(tmp_path: Path) -> None:
    found = read_as_ledger(tmp_path, xls(("date", "account", "amount"), ("2025-01-02", 1000.0, 59.5)))
    assert (found.format, found.lines[0][2:4]) == ("xls", ["1000", "59.50"])


def test_errors_and_truths_of_old_sheets_are_no_amounts() -> None:
    """The file has them as numbers: #N/A is 42."""
    error, truth = (sheets.xls_value(Cell(kind, 42), 0) for kind in (xlrd.XL_CELL_ERROR, xlrd.XL_CELL_BOOLEAN))
    assert (error, cells.amount(truth)) == ("#N/A", None)
    with pytest.raises(Unreadable):
        cells.amount(error)


def test_a_sheet_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 30_000_000)
    with pytest.raises(Unreadable, match="times its size"):
        read_as_ledger(tmp_path, target.getvalue())


@pytest.mark.parametrize(
    ("content", "mapping", "reason", "line"),
    [
        (
            PLAIN,
            {"columns": {"date": "day", "account": "account", "debit": "debit"}},
            "no column called 'day', but 'date', 'journal'",
            1,
        ),
        ("a,b\n1,2\n", {}, "name the columns of: date, account, amount; there are 'a', 'b'", 1),
        ("", {}, "name the columns", 1),
        ("date,account,amount\n", {}, "no entries", None),
        ("date,account,amount\n2025-01-01,1,1\n2025-13-01,1,1\n", {}, "no date", 3),
        ("date,account,amount\n2025-01-01,,1\n", {}, "no account", 2),
        ("date,account,amount\n2025-01-01,1,\n", {}, "no amount", 2),
        ("date,account,amount\n2025-01-01,1,1.001\n", {}, "two decimals", 2),
        ("date,account,amount\n01/02/2025,1,1\n", {}, "say date_order", None),
        ("date,account,amount\n2025-01-01,1,1\x00\n", {}, "NUL", 2),
        (PLAIN, {"encoding": "klingon"}, "no encoding", None),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(
    tmp_path: Path, content: str, mapping: dict[str, Any], reason: str, line: int | None
) -> None:
    with pytest.raises(Unreadable, match=reason) as refused:
        read_as_ledger(tmp_path, content.encode(), **mapping)
    assert refused.value.line == line


@pytest.mark.parametrize(
    ("text", "decimal", "amount"),
    [
        ("1,234.50", ".", "1234.50"), ("1.234,50", ",", "1234.50"), ("1 234,5", ",", "1234.50"), ("12-", ".", "-12.00"),
        ("(3.10)", ".", "-3.10"), ("+4", ".", "4.00"), ("1'000.00", ".", "1000.00"), ("5.0000", ".", "5.00"),
        (7, ".", "7.00"), ("\N{MINUS SIGN}4.10", ".", "-4.10"), (Decimal("1.10"), ".", "1.10"),
    ],
)  # fmt: skip
def test_amounts(text: object, decimal: str, amount: str) -> None:
    assert str(cells.amount(text, decimal)) == amount


@pytest.mark.parametrize("text", ["", " ", "-", " - ", "\N{EN DASH}", None])
def test_nothing_is_written_in_several_ways(text: str | None) -> None:
    assert cells.amount(text) is None


@pytest.mark.parametrize("text", ["1e5", "NaN", "Infinity", "0x10", "1_000", "١", "9" * 20, "--1", "1.2.3"])
def test_no_amounts(text: str) -> None:
    with pytest.raises(Unreadable):
        cells.amount(text)


@pytest.mark.parametrize(
    ("text", "order"),
    [("2025-03-04", "dmy"), ("04.03.2025", "dmy"), ("3/4/25", "mdy"), ("20250304", "ymd"), ("2025-03-04T09:30", "ymd")],
)
def test_days(text: str, order: str) -> None:
    assert cells.day(text, order) == datetime.date(2025, 3, 4)
