"""Shifts and downtimes as they are shown."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

MINUTES = "extract(epoch FROM t.ends_at - t.starts_at)::float8 / 60 AS minutes"
OF_STATION = "(%(workstation)s::bigint IS NULL OR t.workstation_id = %(workstation)s)"
JOIN = "JOIN factory.workstations AS w ON w.company_id = t.company_id AND w.id = t.workstation_id"
NEXT = "AND t.id < %(before)s ORDER BY t.id DESC LIMIT %(limit)s"

SHIFT = f"""
    SELECT t.id, t.workstation_id, w.name AS workstation, t.name, t.starts_at, t.ends_at, {MINUTES}, t.version
    FROM factory.shifts AS t {JOIN}"""
SHIFTS = f"{SHIFT} WHERE {OF_STATION} {NEXT}"
COUNT_SHIFTS = f"SELECT count(*) AS total FROM factory.shifts AS t WHERE {OF_STATION}"

DOWNTIME = f"""
    SELECT t.id, t.workstation_id, w.name AS workstation, t.reason, t.is_planned, t.starts_at, t.ends_at, {MINUTES},
           t.note, t.user_id, t.user_name, t.version
    FROM factory.downtimes AS t {JOIN}"""
MATCHING = f"{OF_STATION} AND (%(open)s::boolean IS NULL OR (t.ends_at IS NULL) = %(open)s)"
DOWNTIMES = f"{DOWNTIME} WHERE {MATCHING} {NEXT}"
COUNT_DOWNTIMES = f"SELECT count(*) AS total FROM factory.downtimes AS t WHERE {MATCHING}"


async def shift(connection: Connection, shift_id: int) -> Row | None:
    return await fetch_one(connection, f"{SHIFT} WHERE t.id = %(id)s", {"id": shift_id})


async def shifts(connection: Connection, *, workstation: int | None, limit: int, cursor: str | None) -> dict[str, Any]:
    params = {"workstation": workstation}
    return await newest_first(
        connection, part=SHIFTS, count=COUNT_SHIFTS, params=params, limit=limit, cursor=cursor
    )  # fmt: skip


async def downtime(connection: Connection, downtime_id: int) -> Row | None:
    return await fetch_one(connection, f"{DOWNTIME} WHERE t.id = %(id)s", {"id": downtime_id})


async def downtimes(
    connection: Connection, *, workstation: int | None, is_open: bool | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    params = {"workstation": workstation, "open": is_open}
    return await newest_first(
        connection, part=DOWNTIMES, count=COUNT_DOWNTIMES, params=params, limit=limit, cursor=cursor
    )
