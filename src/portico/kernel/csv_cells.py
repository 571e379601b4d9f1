"""CSV as it goes out: RFC 4180, in UTF-8, with cells that no spreadsheet runs as formulas."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

# A spreadsheet runs cells that begin with these as formulas. An apostrophe in front makes them text. A cell that has
# one already gets another, so that what was written is read again as it was.
FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
CSV = "text/csv; charset=utf-8; header=present"


def written(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as they go out."""
    text = io.StringIO()
    csv.writer(text).writerows([_as_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def as_meant(cell: str) -> str:
    """What a cell says, without the apostrophe that kept it from being a formula."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _as_text(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if isinstance(cell, str) and FORMULA.match(text) else text
