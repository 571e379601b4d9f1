"""Rows of sheets and of CSV files: all are counted, the first are made text."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from portico.apps.audit.extraction.findings import Findings

SEARCHED = 2000
"""Rows of one table that can be searched. A ledger's are imported, where tests and filters find them."""
TOGETHER = 50  # rows that are cut into pieces at once


class Table:
    """One table of a document."""

    def __init__(self, findings: Findings, *, page: int, title: str) -> None:
        self._findings = findings
        self._page = page
        self._title = title
        self._lines: list[str] = []
        self.header: list[str] = []
        self.rows = 0
        self.columns = 0

    def take_all(self, rows: Iterable[Sequence[Any]]) -> None:
        for row in rows:
            cells = [_text(cell) for cell in row]
            if any(cells):
                self._take(cells)
        self._flush()
        if self.rows > SEARCHED:
            self._findings.notes.append(f"The first {SEARCHED:,} of {self.rows:,} rows can be searched.")

    def _take(self, cells: list[str]) -> None:
        self.rows += 1
        self.columns = max(self.columns, len(cells))
        self.header = self.header or cells
        if self.rows <= SEARCHED:
            self._lines.append(" | ".join(cells).rstrip(" |"))
        if len(self._lines) == TOGETHER:
            self._flush()

    def _flush(self) -> None:
        self._findings.text(self._page, self._title, "\n".join(self._lines))
        self._lines.clear()


def _text(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if not (cell.hour or cell.minute or cell.second):
            return cell.date().isoformat()
        case datetime() | date():
            return cell.isoformat()
        case _:
            return " ".join(str(cell).split())
