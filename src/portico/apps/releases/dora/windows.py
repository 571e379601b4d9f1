"""The time that is looked at, and the buckets of its trend. All of it is UTC, and half-open."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from portico.kernel.errors import InvalidInput

DEFAULT = timedelta(days=90)
LONGEST = timedelta(days=3660)
WEEKS_UP_TO = timedelta(days=183)
"""Of a longer window the buckets are months."""


@dataclass(frozen=True)
class Window:
    """From `start` to before `end`."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, start: datetime | None, end: datetime | None, *, now: datetime) -> "Window":
        """Without an end it goes until now, without a start it has 90 days. Raises `InvalidInput`."""
        try:
            end = _utc(end or now)
            start = end - DEFAULT if start is None else _utc(start)
        except OverflowError:
            raise InvalidInput(details={"from": "is too far away"}) from None
        if start >= end:
            raise InvalidInput(details={"from": "must be before `to`"})
        if end - start > LONGEST:
            raise InvalidInput(details={"from": f"must be at most {LONGEST.days} days before `to`"})
        return cls(start, end)

    @property
    def bucket(self) -> str:
        return "week" if self.end - self.start <= WEEKS_UP_TO else "month"

    @property
    def days(self) -> int:
        """How many days of UTC's calendar it touches."""
        return ((self.end - timedelta(microseconds=1)).date() - self.start.date()).days + 1

    def buckets(self) -> list[tuple[datetime, "Window"]]:
        """Weeks from Monday on, or months, each with what PostgreSQL's `date_trunc` makes of its times.

        The first one begins and the last one ends where the window does.
        """
        found, first = [], self._first()
        while first < self.end:
            following = self._after(first)
            found.append((first, Window(max(first, self.start), min(following, self.end))))
            first = following
        return found

    def params(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end, "bucket": self.bucket}

    def _first(self) -> datetime:
        midnight = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=midnight.weekday()) if self.bucket == "week" else midnight.replace(day=1)

    def _after(self, first: datetime) -> datetime:
        if self.bucket == "week":
            return first + timedelta(days=7)
        return (first + timedelta(days=32)).replace(day=1)


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
