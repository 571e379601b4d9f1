"""Ledgers in rows and columns: CSV and sheets. Each row is a line of an entry, in any order."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, islice
from typing import Any

from portico.apps.audit.ledgers import cells
from portico.apps.audit.ledgers.cells import Unreadable
from portico.apps.audit.ledgers.copied import Written
from portico.apps.audit.ledgers.mapping import Column, Mapping, UnknownColumns, placed
from portico.apps.audit.ledgers.sides import Sides

Row = tuple[int, Sequence[Any]]
"""The number of the line in the file, from 1, and its cells."""
LOOKED_AT = 1000
"""Rows from which the form of dates and amounts is told, where nobody says it."""
DATES: tuple[Column, ...] = ("date", "document_date", "entered_on")
AMOUNTS: tuple[Column, ...] = ("debit", "credit", "amount")


def read_rows(rows: Iterable[Row], mapping: Mapping, written: Written, *, kind: str) -> dict[str, Any]:
    """Read all rows; answers the totals that the client has declared beside the file. Raises `Unreadable`."""
    rest = iter(rows)
    where = _headings(rest, mapping, kind)
    rest = _without_last((row for row in rest if any(cell not in (None, "") for cell in row[1])), mapping.footer_rows)
    first = list(islice(rest, LOOKED_AT))
    decimal, order = _forms(first, where, mapping)
    table = _Table(written, where, kind, Sides(where, decimal, (row for _, row in first)), order)
    for line, row in chain(first, rest):
        try:
            table.take(line, row)
        except Unreadable as error:
            raise Unreadable(error.reason, line) from None
    table.finish()
    return mapping.declared.model_dump(mode="json", exclude_none=True)


class _Table:
    """Rows of one number in one journal on one day are one entry, wherever they stand."""

    def __init__(self, written: Written, where: dict[Column, int], kind: str, sides: Sides, order: str) -> None:
        self._written = written
        self._where = where
        self._kind = kind
        self._sides = sides
        self._order = order
        self._entries: dict[tuple[str, str, date], int] = {}
        self._accounts: dict[str, str] = {}

    def take(self, line: int, row: Sequence[Any]) -> None:
        posted_on = self._day(row, "date")
        if posted_on is None:
            raise Unreadable("there is no date")
        account = self._text(row, "account") or ("" if self._kind == "general" else self._kind)
        if not account:
            raise Unreadable("there is no account")
        if not self._accounts.get(account):
            self._accounts[account] = self._text(row, "account_name")
        debit, credit = self._sides.of(row)
        self._written.line(
            self._entry(line, row, posted_on), account, debit, credit, description=self._text(row, "description"),
            reference=self._text(row, "reference"), party=self._text(row, "party"),
        )  # fmt: skip

    def finish(self) -> None:
        for code, name in self._accounts.items():
            self._written.account(code, name, None, None)

    def _entry(self, line: int, row: Sequence[Any], posted_on: date) -> int:
        # In brackets, so that nobody looks for gaps in numbers that the client has never given.
        journal, number = self._text(row, "journal"), self._text(row, "number") or f"(line {line})"
        key = (journal, number, posted_on)
        if key not in self._entries:
            self._entries[key] = self._written.entry(
                journal=journal, number=number, period=str(posted_on.month), posted_on=posted_on,
                document_date=self._day(row, "document_date"), entered_on=self._day(row, "entered_on"),
                poster=self._text(row, "poster"), approver=self._text(row, "approver"),
                description=self._text(row, "description"),
            )  # fmt: skip
        return self._entries[key]

    def _day(self, row: Sequence[Any], column: Column) -> date | None:
        return cells.day(cells.at(row, self._where.get(column)), self._order)

    def _text(self, row: Sequence[Any], column: Column) -> str:
        return cells.text(cells.at(row, self._where.get(column)))


def _without_last(rows: Iterable[Row], count: int) -> Iterator[Row]:
    held: deque[Row] = deque()
    for row in rows:
        held.append(row)
        if len(held) > count:
            yield held.popleft()


def _headings(rows: Iterator[Row], mapping: Mapping, kind: str) -> dict[Column, int]:
    line, headings = next(islice(rows, mapping.header_row - 1, None), (1, []))
    try:
        return placed(mapping, [cells.text(cell).removeprefix("\ufeff") for cell in headings], kind=kind)
    except UnknownColumns as error:
        raise Unreadable(error.reason, line) from None


def _forms(rows: Sequence[Row], where: dict[Column, int], mapping: Mapping) -> tuple[str, str]:
    """What stands before the cents, and in which order a date is."""

    def texts(columns: Iterable[Column]) -> list[str]:
        places = [where[column] for column in columns if column in where]
        found = (row[place] for _, row in rows for place in places if place < len(row))
        return [cell for cell in found if isinstance(cell, str) and cell]

    return mapping.decimal or cells.decimal_of(texts(AMOUNTS)), mapping.date_order or cells.order_of(texts(DATES))
