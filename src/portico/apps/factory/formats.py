"""How pages write times, quantities and states: the filters of their templates."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

UNITS = ((86400, "d"), (3600, "h"), (60, "min"))

GOOD, BAD, BUSY, WAITING, QUIET = "good", "bad", "busy", "waiting", "quiet"
LOOKS: Mapping[str, tuple[str, str]] = {
    "running": (BUSY, "▶"), "in_progress": (BUSY, "▶"), "in_production": (BUSY, "▶"), "down": (BAD, "■"),
    "blocked": (BAD, "■"), "rejected": (BAD, "✕"), "scrapped": (BAD, "✕"), "expired": (BAD, "⌛"), "late": (BAD, "▲"),
    "aborted": (BAD, "✕"), "open": (BAD, "!"), "held": (WAITING, "‖"), "paused": (WAITING, "‖"),
    "quarantine": (WAITING, "…"), "draft": (WAITING, "◇"), "rework": (WAITING, "↶"), "contained": (WAITING, "…"),
    "stopped": (WAITING, "■"), "released": (GOOD, "✓"), "completed": (GOOD, "✓"), "accepted": (GOOD, "✓"),
    "shipped": (GOOD, "⇢"), "active": (GOOD, "✓"), "idle": (QUIET, "○"), "planned": (QUIET, "○"),
    "disabled": (QUIET, "–"), "consumed": (QUIET, "–"),
}  # fmt: skip
"""From the word for a state to what it looks like. The word is always written beside the sign."""


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """By the clock of the company."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


def clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def machine(at: datetime) -> str:
    """For the attribute of a `time` element."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def ago(at: datetime, now: datetime) -> str:
    """The two largest units of what has passed: `3 h 20 min`."""
    return duration((now - at).total_seconds())


def duration(seconds: float) -> str:
    left, parts = max(0, round(seconds)), list[str]()
    for size, name in UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "less than 1 min"


def number(value: Decimal | float | None) -> str:
    """Without zeros at its end."""
    if value is None:
        return ""
    return f"{float(value):,.3f}".rstrip("0").rstrip(".").replace(",", "\u202f")


def percent(value: float | None) -> str:
    """Of a ratio. What has no data is not 0."""
    return "no data" if value is None else f"{100 * value:.1f} %"


def day(on: date | None) -> str:
    return on.isoformat() if on else "no date"


def look(state: str) -> str:
    """The class of a state's badge."""
    return LOOKS.get(state, (QUIET, "○"))[0]


def sign(state: str) -> str:
    return LOOKS.get(state, (QUIET, "○"))[1]


def words(text: str) -> str:
    return text.replace("_", " ")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "ago": ago, "clock": clock, "day": day, "duration": duration, "look": look, "machine": machine, "moment": moment,
    "number": number, "percent": percent, "sign": sign, "words": words,
}  # fmt: skip
