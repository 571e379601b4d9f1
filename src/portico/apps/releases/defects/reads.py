"""Defects as they are shown."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

DEFECT = """
    SELECT d.id, d.release_id, s.name AS service, r.semver AS release, d.title, d.description, d.severity,
           reporter.username AS reported_by, d.created_at, resolver.username AS resolved_by, d.resolved_at,
           d.resolution, d.version
    FROM releases.defects AS d JOIN releases.releases AS r ON r.id = d.release_id
    JOIN releases.services AS s ON s.id = r.service_id
    LEFT JOIN releases.users AS reporter ON reporter.id = d.reported_by
    LEFT JOIN releases.users AS resolver ON resolver.id = d.resolved_by"""
ONE = f"{DEFECT} WHERE d.id = %(id)s"
OPEN_OF = f"{DEFECT} WHERE d.release_id = %(release_id)s AND d.resolved_at IS NULL ORDER BY d.id"
MATCHING = """
    d.release_id = %(release_id)s AND (%(open)s::boolean IS NULL OR (d.resolved_at IS NULL) = %(open)s)"""
PART = f"{DEFECT} WHERE {MATCHING} AND d.id < %(before)s ORDER BY d.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM releases.defects AS d WHERE {MATCHING}"


async def open_of(connection: Connection, release_id: int) -> list[Row]:
    """The defects of a release that nobody has resolved."""
    return await fetch_all(connection, OPEN_OF, {"release_id": release_id})


async def defects(
    connection: Connection, release_id: int, *, is_open: bool | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of the defects of a release, the newest first."""
    params = {"release_id": release_id, "open": is_open}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def defect(connection: Connection, defect_id: int) -> Row | None:
    return await fetch_one(connection, ONE, {"id": defect_id})
