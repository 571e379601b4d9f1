"""Runbooks and their runs as they are shown."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

LINE = """
    b.id, b.title, b.service_id, s.name AS service, b.edition, jsonb_array_length(b.steps) AS step_count,
    b.updated_at"""
FROM = "FROM releases.runbooks AS b LEFT JOIN releases.services AS s ON s.id = b.service_id"
ONE = f"SELECT {LINE}, b.text, b.steps, b.version {FROM} WHERE b.id = %(id)s"
# Those of a service are also those that are for all services.
MATCHING = "(%(service_id)s::bigint IS NULL OR b.service_id = %(service_id)s OR b.service_id IS NULL)"
PART = f"SELECT {LINE} {FROM} WHERE {MATCHING} AND b.id < %(before)s ORDER BY b.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM releases.runbooks AS b WHERE {MATCHING}"

RUN = """
    SELECT r.id, r.runbook_id, b.title, r.edition, r.incident_id, r.deployment_id, u.username AS started_by,
           r.created_at, r.ended_at, r.steps, r.version
    FROM releases.runbook_runs AS r JOIN releases.runbooks AS b ON b.id = r.runbook_id
    LEFT JOIN releases.users AS u ON u.id = r.started_by"""
ONE_RUN = f"{RUN} WHERE r.id = %(id)s"
RUNS_MATCHING = """
    (%(runbook_id)s::bigint IS NULL OR r.runbook_id = %(runbook_id)s)
    AND (%(incident_id)s::bigint IS NULL OR r.incident_id = %(incident_id)s)
    AND (%(deployment_id)s::bigint IS NULL OR r.deployment_id = %(deployment_id)s)
    AND (%(open)s::boolean IS NULL OR (r.ended_at IS NULL) = %(open)s)"""
PART_OF_RUNS = f"{RUN} WHERE {RUNS_MATCHING} AND r.id < %(before)s ORDER BY r.id DESC LIMIT %(limit)s"
COUNT_RUNS = f"SELECT count(*) AS total FROM releases.runbook_runs AS r WHERE {RUNS_MATCHING}"


async def runbook(connection: Connection, runbook_id: int) -> Row | None:
    return await fetch_one(connection, ONE, {"id": runbook_id})


async def runbooks(connection: Connection, *, service_id: int | None, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page, the newest first: all, or those that are good for a service."""
    params = {"service_id": service_id}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def run(connection: Connection, run_id: int) -> Row | None:
    return await fetch_one(connection, ONE_RUN, {"id": run_id})


async def runs(connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `RUNS_MATCHING`."""
    return await newest_first(
        connection, part=PART_OF_RUNS, count=COUNT_RUNS, params=filters, limit=limit, cursor=cursor
    )
