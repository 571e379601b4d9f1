"""When a freeze holds: once, or again and again by the wall clock of its time zone.

A time that the clocks leave out in spring is taken with the offset before the change, so it moves forward; one that
comes twice in autumn is the first of the two (RFC 5545, section 3.3.5). The duration is by the wall clock, too: from
Friday 18:00 to Monday 06:00 is so in every week of the year, however many hours pass.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portico.apps.releases.freezes.recurrence import parse

SLACK = timedelta(days=2)
"""More than any zone has ever been moved at once: an occurrence is looked for that far outside of what is asked."""

FIRST_WITHIN = timedelta(days=5 * 366)
"""A rule that has not begun by then is a mistake, such as the 30th of February."""


@dataclass(frozen=True)
class Occurrence:
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Schedule:
    starts_at: datetime
    ends_at: datetime | None
    recurrence: str | None
    duration_minutes: int | None
    time_zone: str
    ended_at: datetime | None = None
    """When somebody ended it for good: from then on nothing of it holds."""

    def at(self, now: datetime) -> Occurrence | None:
        """What holds now. Where two of a rule overlap, until the later end."""
        holding = self.between(now, now + timedelta(microseconds=1))
        return max(holding, key=lambda each: each.end, default=None)

    def between(self, low: datetime, high: datetime) -> list[Occurrence]:
        """Every occurrence that holds at some time from `low` on and before `high`, in order."""
        if self.recurrence is None and self.ends_at is not None:
            found = [Occurrence(self.starts_at, self.ends_at)]
        else:
            found = self._recurring(low, high)
        ends = [each for each in (self.ends_at, self.ended_at) if each is not None]
        cut = [Occurrence(max(each.start, self.starts_at), min([each.end, *ends])) for each in found]
        return [each for each in cut if each.start < high and each.end > low and each.start < each.end]

    def _recurring(self, low: datetime, high: datetime) -> list[Occurrence]:
        zone = ZoneInfo(self.time_zone)
        duration = timedelta(minutes=self.duration_minutes or 0)
        earliest = (_wall(low, zone) - duration - SLACK).date()
        latest = (_wall(high, zone) + SLACK).date()
        begin = _wall(self.starts_at, zone).replace(microsecond=0)
        starts = [_instant(each, zone) for each in parse(self.recurrence or "").between(begin, earliest, latest)]
        # From the wall clock of the start as it came to be: one that has moved forward ends later, too.
        return [Occurrence(each, _instant(_wall(each, zone) + duration, zone)) for each in starts]


def flaws(schedule: Schedule) -> dict[str, str]:
    """What is wrong with it, by fields; empty where it can be evaluated."""
    found = {}
    if schedule.ends_at is not None and schedule.ends_at <= schedule.starts_at:
        found["ends_at"] = "must be after starts_at"
    if schedule.recurrence is None and schedule.ends_at is None:
        found["ends_at"] = "is missing: only what recurs may go on without an end"
    if (schedule.recurrence is None) != (schedule.duration_minutes is None):
        found["duration_minutes"] = "goes with a recurrence, and a recurrence needs it"
    if not _is_zone(schedule.time_zone):
        found["time_zone"] = "is no time zone: write it as Europe/Sofia"
    return found or _flaws_of_rule(schedule)


def _flaws_of_rule(schedule: Schedule) -> dict[str, str]:
    if schedule.recurrence is None:
        return {}
    try:
        parse(schedule.recurrence)
    except ValueError as error:
        return {"recurrence": str(error)}
    if not schedule.between(schedule.starts_at, schedule.starts_at + FIRST_WITHIN):
        return {"recurrence": "never occurs in the five years after starts_at, or before ends_at"}
    return {}


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is an OSError
        return False
    return True


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
