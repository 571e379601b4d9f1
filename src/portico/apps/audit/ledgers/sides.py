"""Debit and credit of a row: two columns, one signed amount, or an amount and a column that says which of them it is.

Some systems write credits with a minus although the column says already that they are credits. Where all credits that
are looked at are written so, and no debit is, that minus is not taken for a second one.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from portico.apps.audit.ledgers import cells
from portico.apps.audit.ledgers.cells import Unreadable
from portico.apps.audit.ledgers.mapping import Column

DEBITS = frozenset(("d", "dr", "db", "debit", "débit", "debet", "debe", "s", "soll", "+", "+1", "1"))
CREDITS = frozenset(("c", "cr", "credit", "crédit", "kredit", "haber", "h", "haben", "k", "-", "-1"))
"""What a column of sides holds, in small letters and without a full stop."""
NOTHING = Decimal(0)


class Sides:
    def __init__(self, where: Mapping[Column, int], decimal: str, looked_at: Iterable[Sequence[Any]]) -> None:
        """`where` the columns are; `looked_at` are the first rows."""
        self._where = where
        self._decimal = decimal
        self._has_signed_credits = False
        self._has_signed_credits = _are_signed(self._readable(looked_at))

    def of(self, row: Sequence[Any]) -> tuple[Decimal, Decimal]:
        """Debit and credit. Raises `Unreadable`."""
        debit, credit, amount = (self._amount(row, name) for name in ("debit", "credit", "amount"))
        if debit is None and credit is None:
            if amount is None:
                raise Unreadable("there is no amount")
            if "side" not in self._where:
                return max(amount, NOTHING), max(-amount, NOTHING)
            debit, credit = (None, amount) if amount and self._is_credit(row) else (amount, None)
        credit = credit or NOTHING
        return debit or NOTHING, -credit if self._has_signed_credits else credit

    def _is_credit(self, row: Sequence[Any]) -> bool:
        written = cells.text(cells.at(row, self._where["side"]))
        word = written.casefold().rstrip(".")
        if word not in DEBITS | CREDITS:
            raise Unreadable(f"{written[:40]!r} says neither debit nor credit")
        return word in CREDITS

    def _amount(self, row: Sequence[Any], column: Column) -> Decimal | None:
        return cells.amount(cells.at(row, self._where.get(column)), self._decimal)

    def _readable(self, rows: Iterable[Sequence[Any]]) -> Iterable[tuple[Decimal, Decimal]]:
        for row in rows:
            with suppress(Unreadable):  # it is told with its line, when it is taken
                yield self.of(row)


def _are_signed(sides: Iterable[tuple[Decimal, Decimal]]) -> bool:
    seen = list(sides)
    credits = [credit for _, credit in seen if credit]
    return bool(credits) and all(credit < 0 for credit in credits) and all(debit >= 0 for debit, _ in seen)
