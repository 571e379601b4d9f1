"""How pages write times, durations and states: the filters of their templates."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))

GOOD, BAD, BUSY, WAITING, QUIET = "good", "bad", "busy", "waiting", "quiet"
LOOKS: Mapping[str, tuple[str, str]] = {
    "published": (GOOD, "✓"), "deployed": (GOOD, "✓"), "succeeded": (GOOD, "✓"), "passed": (GOOD, "✓"),
    "approved": (GOOD, "✓"), "resolved": (GOOD, "✓"), "satisfied": (GOOD, "✓"),
    "failed": (BAD, "✕"), "blocked": (BAD, "✕"), "rejected": (BAD, "✕"), "refused": (BAD, "✕"), "open": (BAD, "!"),
    "critical": (BAD, "!!"), "high": (BAD, "!"),
    "running": (BUSY, "▶"), "queued": (BUSY, "…"), "holds": (BUSY, "❄"), "frozen": (BUSY, "❄"),
    "requested": (WAITING, "…"), "awaiting_approval": (WAITING, "…"), "scheduled": (WAITING, "◷"),
    "missing": (WAITING, "…"), "pending": (WAITING, "…"), "candidate": (WAITING, "◇"), "expired": (WAITING, "⌛"),
    "coming": (WAITING, "◷"), "emergency": (WAITING, "!"), "rollback": (WAITING, "↶"),
}  # fmt: skip
"""From the word for a state to what it looks like. The word is always written beside the sign."""
RULES: Mapping[str, str] = {
    "state": "state of the deployment", "release_state": "state of the release", "content_hash": "content",
    "approvals": "approvals", "freeze": "freeze", "phase": "phase", "defects": "defects", "gate": "gate",
    "schedule": "schedule", "one_at_a_time": "one at a time",
}  # fmt: skip
"""From the kind of a rule of `explain` to what people call it."""


def moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else ""


def machine(at: datetime) -> str:
    """For the attribute of a `time` element."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def duration(seconds: float | None) -> str:
    """The two largest units: `3 d 4 h`."""
    if seconds is None:
        return "no data"
    return " ".join(_parts(seconds)[:2])


def ago(at: datetime, now: datetime) -> str:
    """The largest unit of what has passed: `4 h`."""
    return _parts((now - at).total_seconds())[0]


def _parts(seconds: float) -> list[str]:
    left, parts = max(0, round(seconds)), list[str]()
    for size, name in UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
    return parts or ["0 s"]


def look(state: str) -> str:
    """The class of a state's badge."""
    return LOOKS.get(state, (QUIET, "·"))[0]


def sign(state: str) -> str:
    return LOOKS.get(state, (QUIET, "·"))[1]


def words(name: str) -> str:
    """`awaiting_approval` as people write it."""
    return name.replace("_", " ")


def kind_of_rule(rule: str) -> str:
    return RULES.get(rule, words(rule))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment, "machine": machine, "duration": duration, "ago": ago, "look": look, "sign": sign,
    "words": words, "kind_of_rule": kind_of_rule,
}  # fmt: skip
