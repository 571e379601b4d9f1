"""Freezes as a calendar: an iCalendar stream (RFC 5545) of events in UTC.

A recurring freeze is written out, each occurrence an event: calendars differ in what they make of rules and time zones,
and none of them has our rule for times that the clocks leave out.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from portico.apps.releases.freezes.reads import schedule_of

BEHIND, AHEAD = timedelta(days=30), timedelta(days=366)
LONGEST_LINE = 75  # octets, without the line break
SPECIAL = re.compile(r"([\\;,])")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def written(freezes: Iterable[Any], now: datetime) -> str:
    """The calendar from a month ago to a year ahead."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)  # so that it stays the same for a day
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Portico//Releases//EN", "CALSCALE:GREGORIAN",
        "NAME:Deployment freezes", "X-WR-CALNAME:Deployment freezes", "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]  # fmt: skip
    for freeze in freezes:
        for each in schedule_of(freeze).between(today - BEHIND, today + AHEAD):
            lines += _event(freeze, each.start, each.end)
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(freeze: Any, start: datetime, end: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:freeze-{freeze['id']}-{_time(start)}@portico",
        f"DTSTAMP:{_time(freeze['created_at'])}",
        f"SEQUENCE:{freeze['version'] - 1}",
        f"DTSTART:{_time(start)}",
        f"DTEND:{_time(end)}",
        f"SUMMARY:{_escaped('Freeze: ' + freeze['name'])}",
        f"DESCRIPTION:{_escaped(freeze['reason'])}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _time(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return SPECIAL.sub(r"\\\1", CONTROL.sub("", lines)).replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines of at most 75 octets, with no character in two of them; a continuation begins with a blank."""
    if len(line.encode()) <= LONGEST_LINE:
        return line
    parts, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > LONGEST_LINE:
            parts.append(" ")
            size = 1
        parts[-1] += character
        size += width
    return "\r\n".join(parts)
