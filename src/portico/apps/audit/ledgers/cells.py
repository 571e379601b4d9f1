"""Dates and amounts as files write them."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

MOST = Decimal(10) ** 15
SPACES = str.maketrans(
    "\N{MINUS SIGN}", "-", " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'\N{RIGHT SINGLE QUOTATION MARK}"
)
PARTS = re.compile(r"(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})(?:[T ].*)?", re.ASCII)
COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
NAMED = re.compile(r"(\d{1,2})[-./ ]+([A-Za-z]{3})[a-z]*\.?[-./, ]+(\d{4}|\d\d)(?:[T ].*)?", re.ASCII)
"""`31-Mar-2025` and the like: the month by the first letters of its English name."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NIL = ("", "-", "--", "\N{EN DASH}", "\N{EM DASH}")
"""How nothing is written: by accountants as a dash."""
COMMA_CENTS = re.compile(r"\d,\d{1,2}\)?-?$", re.ASCII)
POINT_CENTS = re.compile(r"\d\.\d{1,2}\)?-?$", re.ASCII)
NUMBERS = {
    ".": re.compile(r"[+-]?(?=[.\d])(\d*|\d{1,3}(,\d{3})+|\d{1,2}(,\d\d)+,\d{3})(\.\d*)?", re.ASCII),
    ",": re.compile(r"[+-]?(?=[,\d])(\d*|\d{1,3}(\.\d{3})+)(,\d*)?", re.ASCII),
}
"""By what stands before the cents. The other sign stands before three digits, in India (12,34,567) before two as well,
and never elsewhere: 1,5 is not fifteen."""


class Unreadable(Exception):
    """A file cannot be imported: why, and in which line, where that is known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def at(row: Sequence[Any], place: int | None) -> Any:
    """The cell of a row; None where the row ends before it, or the table has no such column."""
    return row[place] if place is not None and place < len(row) else None


def text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a sheet has no whole numbers, and account 1000 is not 1000.0
    return "" if value is None else str(value).strip()


def amount(value: object, decimal: str = ".") -> Decimal | None:
    """Of a cell; None where it is empty. Raises `Unreadable` for what is no amount with two decimals."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _exact(Decimal(str(round(value, 6))), value)  # a sheet computes in floats: 0.1 + 0.2
    written = str(value).translate(SPACES)
    if written in NIL:
        return None
    negative = written.endswith("-") or (written.startswith("(") and written.endswith(")"))
    plain = written.rstrip("-").strip("()")
    if not NUMBERS[decimal].fullmatch(plain):
        raise Unreadable(f"{str(value)[:40]!r} is no amount")
    plain = plain.replace(".", "").replace(",", ".") if decimal == "," else plain.replace(",", "")
    try:
        found = Decimal(plain)
    except InvalidOperation:
        raise Unreadable(f"{str(value)[:40]!r} is no amount") from None
    return _exact(-found if negative else found, value)


def day(value: object, order: str = "") -> date | None:
    """Of a cell; None where it is empty. Without an order the year is first, in four digits. Raises `Unreadable`."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    written = text(value)
    if not written:
        return None
    try:
        year, month, of_month = _named(written) or _numbered(written, order)
        return date(year + 2000 if year < 100 else year, month, of_month)
    except ValueError:
        raise Unreadable(f"{written[:40]!r} is no date") from None


def decimal_of(texts: Iterable[object]) -> str:
    """What stands before the cents in these amounts: a comma where one of them can only mean that."""
    written = [str(each).translate(SPACES) for each in texts]
    commas = any(COMMA_CENTS.search(each) for each in written)
    return "," if commas and not any(POINT_CENTS.search(each) for each in written) else "."


def order_of(texts: Iterable[object]) -> str:
    """In which order day, month and year stand, where the year is not first in four digits; empty: it always is.

    Raises `Unreadable` where these dates leave it open.
    """
    found = (PARTS.fullmatch(text(each)) for each in texts)
    seen = [each.groups() for each in found if each is not None and len(each[1]) < 4]
    if not seen:
        return ""
    if any(int(first) > 12 for first, _, _ in seen):
        return "dmy"
    if any(int(second) > 12 for _, second, _ in seen):
        return "mdy"
    raise Unreadable("the dates do not show whether the day or the month stands first: say date_order")


def _exact(found: Decimal, value: object) -> Decimal:
    cents = found.quantize(Decimal("0.01")) if abs(found) < MOST else None
    if cents is None or cents != found:
        raise Unreadable(f"{str(value)[:40]!r} is no amount with two decimals")
    return cents


def _named(written: str) -> tuple[int, int, int] | None:
    """Year, month, day."""
    found = NAMED.fullmatch(written)
    if found is None or found[2].casefold() not in MONTHS:
        return None
    return int(found[3]), MONTHS.index(found[2].casefold()) + 1, int(found[1])


def _numbered(written: str, order: str) -> tuple[int, int, int]:
    """Year, month, day. Raises `ValueError`."""
    found = PARTS.fullmatch(written) or COMPACT.fullmatch(written)
    if found is None:
        raise ValueError(written)
    first, second, third = (int(part) for part in found.groups())
    match "ymd" if len(found[1]) == 4 else order:
        case "ymd":
            return first, second, third
        case "dmy":
            return third, second, first
        case "mdy":
            return third, first, second
    raise ValueError(written)
