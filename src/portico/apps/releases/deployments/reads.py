"""Deployments as they are shown."""

from typing import Any, LiteralString

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.errors import InvalidInput
from portico.kernel.paging import BIGGEST_ID, seal, unseal

# What came after a success took its place: by going back, or by going on.
STATUS = """
    CASE WHEN d.state <> 'succeeded' OR later.id IS NULL THEN d.state
         WHEN later.is_rollback THEN 'rolled_back' ELSE 'superseded' END"""
FROM = """
    FROM releases.deployments AS d
    JOIN releases.releases AS r ON r.id = d.release_id
    JOIN releases.services AS s ON s.id = d.service_id
    JOIN releases.environments AS e ON e.id = d.environment_id
    LEFT JOIN releases.users AS u ON u.id = d.requester_id
    LEFT JOIN LATERAL (
        SELECT n.id, n.is_rollback FROM releases.deployments AS n
        WHERE n.previous_id = d.id AND n.state = 'succeeded' ORDER BY n.id LIMIT 1) AS later ON true"""
LINE = f"""
    SELECT d.id, d.service_id, s.name AS service, s.team_id, d.release_id, r.semver, d.environment_id,
        e.name AS environment, d.state, {STATUS} AS status, d.requester_id, u.username AS requester, d.reason,
        d.content_hash, d.scheduled_at, d.approval_until, d.is_rollback, d.is_emergency, d.incident_id, d.previous_id,
        d.retry_of_id, d.rollback_of_id, d.agent, d.lease_until, d.heartbeat_at, d.created_at, d.queued_at,
        d.started_at, d.ended_at, d.cause, d.reviewed_at, d.version
    {FROM}"""
ONE = f"""
    SELECT line.*, reviewer.username AS reviewed_by, d.review
    FROM ({LINE} WHERE d.id = %(id)s) AS line JOIN releases.deployments AS d ON d.id = line.id
    LEFT JOIN releases.users AS reviewer ON reviewer.id = d.reviewed_by"""
CHANGES = """
    SELECT id, at, action, before, after, by, by_name, reason, details FROM releases.status_changes
    WHERE deployment_id = %(id)s ORDER BY id"""
STAGES = """
    SELECT number, name, state, started_at, ended_at, log FROM releases.stages
    WHERE deployment_id = %(id)s ORDER BY number"""
STAGE = """
    SELECT number, name, state, started_at, ended_at FROM releases.stages
    WHERE deployment_id = %(id)s AND number = %(number)s"""
FILTERS: dict[str, LiteralString] = {
    "service_id": "d.service_id = %(service_id)s",
    "environment_id": "d.environment_id = %(environment_id)s",
    "release_id": "d.release_id = %(release_id)s",
    "service": "d.service_id = (SELECT id FROM releases.services WHERE lower(name) = lower(%(service)s))",
    "environment": (
        "d.environment_id = (SELECT id FROM releases.environments WHERE lower(name) = lower(%(environment)s))"
    ),
    "needs_review": "d.is_emergency AND d.reviewed_at IS NULL AND d.state IN ('succeeded', 'failed')",
}
LATER: LiteralString = (
    "EXISTS (SELECT FROM releases.deployments AS n WHERE n.previous_id = d.id AND n.state = 'succeeded'"
)
STATUSES: dict[str, LiteralString] = {
    "succeeded": f"d.state = 'succeeded' AND NOT {LATER})",
    "superseded": f"d.state = 'succeeded' AND {LATER} AND NOT n.is_rollback)",
    "rolled_back": f"d.state = 'succeeded' AND {LATER} AND n.is_rollback)",
}


async def deployment(connection: Connection, deployment_id: int) -> Row | None:
    """One deployment. `version` counts its changes; the release's is `semver`."""
    return await fetch_one(connection, ONE, {"id": deployment_id})


async def changes(connection: Connection, deployment_id: int) -> list[Row]:
    """What became of a deployment, line by line."""
    return await fetch_all(connection, CHANGES, {"id": deployment_id})


async def stages(connection: Connection, deployment_id: int) -> list[Row]:
    return await fetch_all(connection, STAGES, {"id": deployment_id})


async def stage(connection: Connection, deployment_id: int, number: int) -> Row | None:
    return await fetch_one(connection, STAGE, {"id": deployment_id, "number": number})


async def lease(connection: Connection, deployment_id: int) -> Row | None:
    statement = "SELECT id, state, lease_until FROM releases.deployments WHERE id = %(id)s"
    return await fetch_one(connection, statement, {"id": deployment_id})


async def deployments(
    connection: Connection,
    filters: dict[str, Any],
    *,
    limit: int,
    cursor: str | None = None,
    oldest_first: bool = False,
) -> dict[str, Any]:
    """A page of those that match. Raises `InvalidInput` for a cursor of the other order."""
    where = [STATUSES.get(value, "d.state = %(status)s") for value in [filters["status"]] if value]
    where += [fragment for name, fragment in FILTERS.items() if filters.get(name)]
    after, order = _after(cursor, oldest_first=oldest_first)
    statement, count = _statements(where, oldest_first=oldest_first)
    rows = await fetch_all(connection, statement, {**filters, "after": after, "limit": limit})
    total = await fetch_one(connection, count, filters) or {"total": 0}
    following = seal(order, rows[-1]["id"]) if len(rows) == limit else None
    return {"items": rows, "total": total["total"], "next_cursor": following}


def _statements(where: list[LiteralString], *, oldest_first: bool) -> tuple[LiteralString, LiteralString]:
    conditions: LiteralString = " AND ".join(where) if where else "true"
    sign, direction = (">", "ASC") if oldest_first else ("<", "DESC")
    part: LiteralString = (
        f"{LINE} WHERE {conditions} AND d.id {sign} %(after)s ORDER BY d.id {direction} LIMIT %(limit)s"
    )
    return part, f"SELECT count(*) AS total FROM releases.deployments AS d WHERE {conditions}"


def _after(cursor: str | None, *, oldest_first: bool) -> tuple[int, str]:
    order = "id" if oldest_first else "-id"
    if cursor is None:
        return (0 if oldest_first else BIGGEST_ID), order
    found, after = unseal(cursor, str, int)
    if found != order:
        raise InvalidInput(details={"cursor": f"goes on in the order of {found}"})
    return after, order
