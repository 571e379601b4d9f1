"""Times as people on the floor say them: one without an offset is that of their company's clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portico.apps.factory.companies import reads as companies
from portico.kernel.database import Connection
from portico.kernel.errors import InvalidInput


async def zone_of_company(connection: Connection) -> ZoneInfo:
    """The time zone of the transaction's company. Where the server knows none of that name it is UTC."""
    company = await companies.company(connection)
    try:
        return ZoneInfo(company["time_zone"] if company else "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def moment(at: datetime, zone: ZoneInfo, field: str) -> datetime:
    """The moment in UTC. Where the clock shows an hour twice, in autumn, it is the first of them.

    Raises `InvalidInput` for what lies beyond the calendar.
    """
    try:
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise InvalidInput(details={field: "is too far away"}) from None
