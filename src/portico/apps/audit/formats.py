"""How pages write times, amounts, sizes and states: the filters of their templates."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

GOOD, BAD, BUSY, WAITING, QUIET = "good", "bad", "busy", "waiting", "quiet"
LOOKS: Mapping[str, tuple[str, str]] = {
    "fieldwork": (BUSY, "▶"), "review": (WAITING, "◷"), "draft_report": (WAITING, "◇"), "issued": (GOOD, "✓"),
    "closed": (GOOD, "✓"), "archived": (GOOD, "▣"), "follow_up": (BUSY, "▶"),
    "requested": (WAITING, "…"), "submitted": (BUSY, "▶"), "accepted": (GOOD, "✓"), "returned": (BAD, "↶"),
    "received": (WAITING, "…"), "sealed": (GOOD, "▣"),
    "prepared": (WAITING, "◷"), "in_review": (BUSY, "▶"), "approved": (GOOD, "✓"), "locked": (GOOD, "▣"),
    "validation": (WAITING, "…"), "agreed": (BUSY, "▶"), "disputed": (BAD, "!"), "action_planned": (BUSY, "◷"),
    "in_remediation": (BUSY, "▶"), "ready_for_retest": (WAITING, "◷"), "closed_verified": (GOOD, "✓"),
    "reopened": (BAD, "↶"), "risk_accepted": (WAITING, "!"),
    "high": (BAD, "!"), "critical": (BAD, "!!"), "medium": (WAITING, "!"), "overdue": (BAD, "⌛"),
    "open": (BAD, "!"), "cleared": (GOOD, "✓"), "followed_up": (BUSY, "▶"), "failed": (BAD, "✕"),
    "changed": (BAD, "✕"), "verified": (GOOD, "✓"), "imported": (GOOD, "✓"), "importing": (BUSY, "…"),
    "frozen": (BUSY, "❄"), "selected": (BUSY, "▶"), "evaluated": (GOOD, "✓"), "satisfied": (GOOD, "✓"),
    "other-than-satisfied": (BAD, "✕"), "holds": (GOOD, "✓"), "deviation": (BAD, "✕"),
}  # fmt: skip
"""From the word for a state to what it looks like. The word is always written beside the sign."""


def moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else ""


def machine(at: datetime) -> str:
    """For the attribute of a `time` element."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def money(amount: Decimal | float | str | None) -> str:
    """`1 234 567.89`, with spaces that do not break."""
    return "" if amount is None else f"{Decimal(str(amount)):,.2f}".replace(",", "\N{NO-BREAK SPACE}")


def count(number: int | None) -> str:
    return "" if number is None else f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def percent(part: float | None, digits: int = 1) -> str:
    return "no data" if part is None else f"{100 * float(part):.{digits}f} %"


def size(octets: int) -> str:
    """Of a file: `12 kB`."""
    for unit in ("B", "kB", "MB"):
        if octets < 1000:
            return f"{octets:.0f} {unit}"
        octets = round(octets / 1000)
    return f"{octets} GB"


def days_left(due: date | None, now: datetime) -> str:
    """When something is due, as people say it."""
    if due is None:
        return ""
    days = (due - now.astimezone(UTC).date()).days
    if days == 0:
        return "today"
    plural = "day" if abs(days) == 1 else "days"
    return f"in {days} {plural}" if days > 0 else f"{-days} {plural} late"


def look(state: str) -> str:
    """The class of a state's badge."""
    return LOOKS.get(state, (QUIET, "·"))[0]


def sign(state: str) -> str:
    return LOOKS.get(state, (QUIET, "·"))[1]


def words(name: str) -> str:
    """`ready_for_retest` as people write it."""
    return name.replace("_", " ")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment, "machine": machine, "money": money, "count_of": count, "percent": percent, "size": size,
    "days_left": days_left, "look": look, "sign": sign, "words": words,
}  # fmt: skip
