"""The time that is looked at: half-open, and with nothing in it that is still to come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portico.apps.factory.local_time import moment
from portico.kernel.errors import InvalidInput

DEFAULT = timedelta(hours=24)


@dataclass(frozen=True)
class Window:
    """From `start` to before `end`. `until` is so far as there is anything to measure."""

    start: datetime
    end: datetime
    until: datetime

    @classmethod
    def of(cls, start: datetime | None, end: datetime | None, *, zone: ZoneInfo, now: datetime) -> "Window":
        """Without an end it goes until now, without a start it has 24 hours. Raises `InvalidInput`."""
        end = now if end is None else moment(end, zone, "to")
        try:
            start = end - DEFAULT if start is None else moment(start, zone, "from")
        except OverflowError:
            raise InvalidInput(details={"to": "is too far away"}) from None
        if start >= end:
            raise InvalidInput(details={"from": "must be before `to`"})
        return cls(start, end, min(end, max(start, now)))

    def params(self, workstation: int | None) -> dict[str, Any]:
        return {"since": self.start, "until": self.until, "workstation": workstation}
