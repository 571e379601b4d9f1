"""Routings as they are shown."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

LINE = """
    r.id, r.code, r.edition, r.name, r.state, r.created_at, r.version,
    (SELECT count(*) FROM factory.routing_steps AS s
     WHERE s.company_id = r.company_id AND s.routing_id = r.id) AS step_count"""
STEPS = """
    coalesce((
        SELECT json_agg(json_build_object(
            'position', s.position, 'name', s.name, 'workstation_id', s.workstation_id, 'workstation', w.name,
            'standard_seconds', s.standard_seconds, 'instruction', s.instruction) ORDER BY s.position)
        FROM factory.routing_steps AS s
        JOIN factory.workstations AS w ON w.company_id = s.company_id AND w.id = s.workstation_id
        WHERE s.company_id = r.company_id AND s.routing_id = r.id), '[]') AS steps"""
ONE = f"SELECT {LINE}, {STEPS} FROM factory.routings AS r WHERE r.id = %(id)s"
MATCHING = "(%(code)s::text IS NULL OR r.code = %(code)s) AND (%(state)s::text IS NULL OR r.state = %(state)s)"
PART = f"""
    SELECT {LINE} FROM factory.routings AS r WHERE {MATCHING} AND r.id < %(before)s
    ORDER BY r.id DESC LIMIT %(limit)s"""
COUNT = f"SELECT count(*) AS total FROM factory.routings AS r WHERE {MATCHING}"


async def routing(connection: Connection, routing_id: int) -> Row | None:
    """One routing with its steps and its `version`."""
    return await fetch_one(connection, ONE, {"id": routing_id})


async def routings(
    connection: Connection, *, code: str | None, state: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first."""
    params = {"code": code, "state": state}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)
