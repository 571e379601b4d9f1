"""What a file holds, written down in the form that PostgreSQL's COPY takes: one file for each table.

A child process writes them and its parent hands them on: neither has more than a line of a ledger in memory.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Self

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "accounts": ("ledger_id", "code", "name", "opening", "closing"),
    "entries": (
        "ledger_id", "position", "journal", "number", "period", "posted_on", "document_date", "entered_on", "poster",
        "approver", "description",
    ),
    "lines": ("ledger_id", "position", "entry", "account", "amount", "description", "reference", "party"),
}  # fmt: skip
"""Of each table, in the order in which the tables are filled."""
LONGEST = 1000
"""Characters of a text that are kept."""
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": " "})


class Written:
    """Takes accounts, entries and lines, and counts them. `debit` and `credit` are the sides as the file has them."""

    def __init__(self, folder: Path, ledger_id: int) -> None:
        self._stack = ExitStack()
        self._files = {
            name: self._stack.enter_context((folder / name).open("w", encoding="utf-8", newline="\n"))
            for name in COLUMNS
        }
        self._ledger = ledger_id
        self.accounts = 0
        self.entries = 0
        self.lines = 0
        self.debit = Decimal(0)
        self.credit = Decimal(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def account(self, code: str, name: str, opening: Decimal | None, closing: Decimal | None) -> None:
        self.accounts += 1
        self._write("accounts", self._ledger, code, name, opening, closing)

    def entry(
        self, *, journal: str = "", number: str, period: str = "", posted_on: date | None, document_date: date | None,
        entered_on: date | None, poster: str = "", approver: str = "", description: str = "",
    ) -> int:  # fmt: skip
        """Answers its position."""
        self.entries += 1
        self._write("entries", self._ledger, self.entries, journal, number, period, posted_on, document_date,
                    entered_on, poster, approver, description)  # fmt: skip
        return self.entries

    def line(
        self, entry: int, account: str, debit: Decimal, credit: Decimal, *, description: str = "", reference: str = "",
        party: str = "",
    ) -> None:  # fmt: skip
        self.lines += 1
        self.debit += debit
        self.credit += credit
        self._write("lines", self._ledger, self.lines, entry, account, debit - credit, description, reference, party)

    def totals(self) -> dict[str, int | str]:
        return {
            "accounts": self.accounts, "entries": self.entries, "lines": self.lines, "debit": str(self.debit),
            "credit": str(self.credit),
        }  # fmt: skip

    def _write(self, table: str, *values: object) -> None:
        self._files[table].write("\t".join(map(_cell, values)) + "\n")


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.strip()[:LONGEST].translate(_ESCAPED)
    return str(value)
