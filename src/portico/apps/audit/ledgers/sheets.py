"""The rows of sheets, one after another."""

from collections.abc import Iterator
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import openpyxl  # type: ignore[import-untyped]  # it has no annotations
import xlrd  # type: ignore[import-untyped]  # it has no annotations
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]  # it has no annotations

from portico.apps.audit.ledgers.cells import Unreadable
from portico.apps.audit.ledgers.mapping import Mapping
from portico.apps.audit.ledgers.tabular import Row

MOST_RATIO = 100
"""How much larger a file may be than its zip: more is a bomb."""


def xlsx_rows(file: IO[bytes], mapping: Mapping) -> Iterator[Row]:
    """Raises `Unreadable`."""
    try:
        _require_no_bomb(file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise Unreadable(f"this is no sheet that can be read: {error}") from None
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    name = mapping.sheet or next(iter(sheets), "")
    if name not in sheets:
        raise Unreadable(f"there is no sheet called {name!r}, but {', '.join(sheets)}")
    sheets[name].reset_dimensions()  # some programs write that there is one cell
    yield from enumerate(sheets[name].iter_rows(values_only=True), start=1)


def xls_rows(file: IO[bytes], mapping: Mapping) -> Iterator[Row]:
    """Raises `Unreadable`."""
    try:
        book = xlrd.open_workbook(file_contents=file.read(), on_demand=True)
        sheet = book.sheet_by_name(mapping.sheet) if mapping.sheet else book.sheet_by_index(0)
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError) as error:
        raise Unreadable(f"this is no sheet that can be read: {error}") from None
    for number in range(sheet.nrows):
        yield number + 1, [xls_value(cell, book.datemode) for cell in sheet.row(number)]


def xls_value(cell: Any, mode: int) -> Any:
    """Errors such as #N/A are numbers in the file, and so are yes and no: none of them is an amount."""
    match cell.ctype:
        case xlrd.XL_CELL_DATE:
            return xlrd.xldate_as_datetime(cell.value, mode)
        case xlrd.XL_CELL_ERROR:
            return xlrd.error_text_from_code.get(cell.value, "#ERROR")
        case xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
    return cell.value


def _require_no_bomb(file: IO[bytes]) -> None:
    with ZipFile(file) as archive:
        parts = archive.infolist()
        packed, unpacked = sum(part.compress_size for part in parts), sum(part.file_size for part in parts)
    if unpacked > MOST_RATIO * max(packed, 1):
        raise Unreadable(f"the sheet unpacks to {unpacked // max(packed, 1)} times its size")
    file.seek(0)
