"""Incidents as they are shown, and the deployment that may have caused one."""

from datetime import datetime
from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

INCIDENT = """
    SELECT i.id, i.service_id, s.name AS service, i.environment_id, e.name AS environment, i.title, i.description,
           i.severity, i.needs_intervention, i.opened_at, opener.username AS opened_by, i.deployment_id,
           r.semver AS release, i.attribution, i.resolved_at, resolver.username AS resolved_by, i.resolution,
           extract(epoch FROM i.resolved_at - d.ended_at)::float8 AS recovery_seconds, i.version, s.team_id
    FROM releases.incidents AS i JOIN releases.services AS s ON s.id = i.service_id
    JOIN releases.environments AS e ON e.id = i.environment_id
    LEFT JOIN releases.deployments AS d ON d.id = i.deployment_id
    LEFT JOIN releases.releases AS r ON r.id = d.release_id
    LEFT JOIN releases.users AS opener ON opener.id = i.opened_by
    LEFT JOIN releases.users AS resolver ON resolver.id = i.resolved_by"""
ONE = f"{INCIDENT} WHERE i.id = %(id)s"
MATCHING = """
    (%(service_id)s::bigint IS NULL OR i.service_id = %(service_id)s)
    AND (%(environment_id)s::bigint IS NULL OR i.environment_id = %(environment_id)s)
    AND (%(deployment_id)s::bigint IS NULL OR i.deployment_id = %(deployment_id)s)
    AND (%(open)s::boolean IS NULL OR (i.resolved_at IS NULL) = %(open)s)"""
PART = f"{INCIDENT} WHERE {MATCHING} AND i.id < %(before)s ORDER BY i.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM releases.incidents AS i WHERE {MATCHING}"

# Whatever window a report asks for later: the choice is made once, from what stands in the log when it is opened.
LAST_BEFORE = """
    SELECT d.id, d.state, d.ended_at, r.semver AS release, e.name AS environment
    FROM releases.deployments AS d JOIN releases.releases AS r ON r.id = d.release_id
    JOIN releases.environments AS e ON e.id = d.environment_id
    WHERE d.service_id = %(service_id)s AND d.environment_id = %(environment_id)s
      AND d.state IN ('succeeded', 'failed') AND d.started_at IS NOT NULL
      AND d.ended_at <= %(at)s AND d.ended_at > %(at)s - interval '24 hours'
    ORDER BY d.ended_at DESC, d.id DESC LIMIT 1"""
STARTED = "SELECT id, started_at FROM releases.deployments WHERE id = %(id)s"


async def incident(connection: Connection, incident_id: int) -> Row | None:
    return await fetch_one(connection, ONE, {"id": incident_id})


async def incidents(
    connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)


async def last_before(connection: Connection, service_id: int, environment_id: int, at: datetime) -> Row | None:
    """The last deployment there that ended in the 24 hours before, well or badly."""
    params = {"service_id": service_id, "environment_id": environment_id, "at": at}
    return await fetch_one(connection, LAST_BEFORE, params)


async def start_of(connection: Connection, deployment_id: int) -> Row | None:
    return await fetch_one(connection, STARTED, {"id": deployment_id})
