"""When the people of the sample year work, and when nothing may start in production."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
WEEKEND_MINUTES = 60 * 60
WEEKEND = "FREQ=WEEKLY;BYDAY=FR"
FRIDAY, FREEZE_HOUR = 4, 18


def weekend_before(moment: datetime) -> datetime:
    """The last Friday evening in Berlin before this time."""
    local = moment.astimezone(BERLIN)
    days = (local.weekday() - FRIDAY) % 7 or 7
    return (local - timedelta(days=days)).replace(hour=FREEZE_HOUR, minute=0, second=0, microsecond=0)


def in_weekend(moment: datetime) -> bool:
    local = moment.astimezone(BERLIN)
    friday = local - timedelta(days=(local.weekday() - FRIDAY) % 7)
    began = friday.replace(hour=FREEZE_HOUR, minute=0, second=0, microsecond=0)
    return began <= local < began + timedelta(minutes=WEEKEND_MINUTES)


def year_end(year: int) -> tuple[datetime, datetime]:
    """The freeze over the holidays that begin in this year."""
    return datetime(year, 12, 19, tzinfo=UTC), datetime(year + 1, 1, 4, tzinfo=UTC)


def in_year_end(moment: datetime) -> bool:
    return any(start <= moment < end for start, end in map(year_end, (moment.year - 1, moment.year)))


def next_slot(moment: datetime) -> datetime:
    """The first time from then on at which a planned production deployment starts: Monday to Thursday, 7 to 14 h."""
    while moment.weekday() >= FRIDAY or not 7 <= moment.hour < 14 or in_year_end(moment):
        moment = (moment + timedelta(hours=1)).replace(minute=moment.minute)
    return moment
