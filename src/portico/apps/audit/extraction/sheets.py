"""Sheets: each one is a page, each row a line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import openpyxl  # type: ignore[import-untyped]  # it has no annotations
import xlrd  # type: ignore[import-untyped]  # it has no annotations

from portico.apps.audit.extraction.findings import Findings, Unreadable
from portico.apps.audit.extraction.rows import Table

MOST_RATIO = 100
"""How much larger than in its zip a part may be: more is a bomb."""
SMALL = 1024 * 1024  # bytes; a part of zeros that is no larger harms nobody
MOST_PARTS = 10_000
MOST_SHEETS = 500


def read(file: IO[bytes], extension: str, findings: Findings) -> None:
    """Raises `Unreadable`."""
    sheets = _xlsx(file) if extension == "xlsx" else _xls(file)
    rows = columns = number = 0
    for number, (name, found) in enumerate(sheets, start=1):
        table = Table(findings, page=number, title=name)
        table.take_all(found)
        rows, columns = rows + table.rows, max(columns, table.columns)
    findings.numbers |= {"sheets": number, "rows": rows, "columns": columns}


def _xlsx(file: IO[bytes]) -> Iterator[tuple[str, Iterable[Sequence[Any]]]]:
    try:
        require_no_bomb(file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except (BadZipFile, KeyError, ValueError):
        raise Unreadable("It is damaged, or no sheet.") from None
    _require_few(len(book.sheetnames))
    for sheet in book.worksheets:
        yield sheet.title, sheet.iter_rows(values_only=True)


def _xls(file: IO[bytes]) -> Iterator[tuple[str, Iterable[Sequence[Any]]]]:
    try:
        book = xlrd.open_workbook(file_contents=file.read(), on_demand=True)
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError):
        raise Unreadable("It is damaged, or no sheet.") from None
    _require_few(book.nsheets)
    for sheet in (book.sheet_by_index(number) for number in range(book.nsheets)):
        yield sheet.name, ([_value(cell, book.datemode) for cell in sheet.row(row)] for row in range(sheet.nrows))


def require_no_bomb(file: IO[bytes]) -> None:
    """Look at what a zip says of itself; what it says too little of is not unpacked. Raises `Unreadable`."""
    with ZipFile(file) as archive:
        parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise Unreadable(f"Its zip has {len(parts):,} parts.")
    packed, unpacked = sum(part.compress_size for part in parts), sum(part.file_size for part in parts)
    ratios = [unpacked / max(packed, 1)]
    ratios += [part.file_size / max(part.compress_size, 1) for part in parts if part.file_size > SMALL]
    if max(ratios) > MOST_RATIO:
        raise Unreadable(f"It unpacks to {max(ratios):,.0f} times its size; up to {MOST_RATIO} times are read.")
    file.seek(0)


def _require_few(sheets: int) -> None:
    if sheets > MOST_SHEETS:
        raise Unreadable(f"It has {sheets:,} sheets; up to {MOST_SHEETS} are read.")


def _value(cell: Any, mode: int) -> Any:
    try:
        return xlrd.xldate_as_datetime(cell.value, mode) if cell.ctype == xlrd.XL_CELL_DATE else cell.value
    except (ValueError, OverflowError):
        return cell.value
