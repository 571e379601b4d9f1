"""When things happened in the sample data: on working days before now, in the company's shifts."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Sofia")
BEGINS, ENDS = time(6), time(14)
SHIFTS = 10
"""Days with a shift before today's."""
AROUND_NOW = timedelta(hours=4)
SATURDAY = 5


class Days:
    def __init__(self, now: datetime) -> None:
        self.now = now
        day = now.astimezone(ZONE).date()
        found: list[date] = []
        while len(found) < SHIFTS:
            day -= timedelta(days=1)
            if day.weekday() < SATURDAY:
                found.append(day)
        self._back = found

    def back(self, days: int, minutes: float = 0) -> datetime:
        """So many minutes after the shift began, that many working days ago; 1 is the last one."""
        return datetime.combine(self._back[days - 1], BEGINS, ZONE) + timedelta(minutes=minutes)

    def ago(self, minutes: float) -> datetime:
        return self.now - timedelta(minutes=minutes)

    def shifts(self) -> list[tuple[datetime, datetime]]:
        """The old ones, and one around now: whenever the data is made, somebody is at work."""
        old = [(datetime.combine(day, BEGINS, ZONE), datetime.combine(day, ENDS, ZONE)) for day in reversed(self._back)]
        hour = self.now.replace(minute=0, second=0, microsecond=0)
        return [*old, (hour - AROUND_NOW, hour + AROUND_NOW)]
