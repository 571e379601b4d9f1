"""Locations as they are shown."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

COLUMNS = "id, code, name, kind, workstation_id, created_at, deleted_at, version"
ONE = f"SELECT {COLUMNS} FROM factory.locations WHERE id = %(id)s"
MATCHING = (
    "(deleted_at IS NOT NULL) = %(deleted)s AND (%(code)s::text IS NULL OR code = %(code)s)"
    " AND (%(workstation_id)s::bigint IS NULL OR workstation_id = %(workstation_id)s)"
)
PART = f"SELECT {COLUMNS} FROM factory.locations WHERE {MATCHING} AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM factory.locations WHERE {MATCHING}"

OF_WORKSTATION = f"""
    SELECT {COLUMNS} FROM factory.locations WHERE workstation_id = %(id)s AND deleted_at IS NULL ORDER BY id LIMIT 1"""


async def location(connection: Connection, location_id: int) -> Row | None:
    """Also one that is deleted."""
    return await fetch_one(connection, ONE, {"id": location_id})


async def locations(
    connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)


async def of_workstation(connection: Connection, workstation_id: int) -> Row | None:
    """Where the operations of a workstation take from and put to."""
    return await fetch_one(connection, OF_WORKSTATION, {"id": workstation_id})
