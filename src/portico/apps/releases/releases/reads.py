"""Releases as they are shown: SQL to rows."""

from typing import Any

from portico.kernel import event_log
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first
from portico.kernel.paging import seal, unseal

# What runs somewhere is the last deployment there that succeeded.
IS_CURRENT = """d.state = 'succeeded' AND NOT EXISTS (
            SELECT FROM releases.deployments AS later
            WHERE later.service_id = d.service_id AND later.environment_id = d.environment_id
              AND later.state = 'succeeded' AND (later.ended_at, later.id) > (d.ended_at, d.id))"""
STATUS = f"""CASE
        WHEN r.state <> 'published' THEN r.state
        WHEN EXISTS (SELECT FROM releases.deployments AS d WHERE d.release_id = r.id AND {IS_CURRENT}) THEN 'deployed'
        WHEN EXISTS (SELECT FROM releases.deployments AS d WHERE d.release_id = r.id AND d.state = 'succeeded')
            THEN 'superseded'
        WHEN 'failed' = (SELECT d.state FROM releases.deployments AS d
                         WHERE d.release_id = r.id AND d.ended_at IS NOT NULL ORDER BY d.id DESC LIMIT 1) THEN 'failed'
        ELSE r.state END AS status"""
LINE = f"""
    r.id, r.service_id, s.name AS service, r.semver AS version, r.precedence, r.git_sha, r.state, {STATUS},
    r.content_hash, r.precedence NOT LIKE '%%~' AS is_prerelease, r.is_imported, r.created_at, r.published_at,
    r.tagged_at"""
ONE = f"""
    SELECT {LINE}, r.artifacts, r.notes, author.username AS created_by, publisher.username AS published_by,
        (SELECT count(*) FROM releases.changes AS c WHERE c.release_id = r.id) AS changes,
        s.team_id, r.version AS etag
    FROM releases.releases AS r JOIN releases.services AS s ON s.id = r.service_id
    LEFT JOIN releases.users AS author ON author.id = r.created_by
    LEFT JOIN releases.users AS publisher ON publisher.id = r.published_by
    WHERE r.id = %(id)s"""
MATCHING = """
    (%(service_id)s::bigint IS NULL OR r.service_id = %(service_id)s)
    AND (%(state)s::text IS NULL OR r.state = %(state)s)"""
PART = f"""
    SELECT {LINE} FROM releases.releases AS r JOIN releases.services AS s ON s.id = r.service_id
    WHERE {MATCHING} AND (r.service_id, r.precedence) < (%(after_service)s, %(after)s COLLATE "C")
    ORDER BY r.service_id DESC, r.precedence DESC LIMIT %(limit)s"""
COUNT = f"SELECT count(*) AS total FROM releases.releases AS r WHERE {MATCHING}"
BEFORE_ALL = (2**63 - 1, "~")
"""Behind every key that there is: the list begins here and goes down."""

CHANGE = "c.sha, c.kind, c.scope, c.is_breaking, c.subject, c.author, c.committed_at"
CHANGES = f"SELECT {CHANGE} FROM releases.changes AS c WHERE c.release_id = %(id)s ORDER BY c.position"
PART_OF_CHANGES = f"""
    SELECT {CHANGE}, c.position FROM releases.changes AS c WHERE c.release_id = %(id)s AND c.position > %(after)s
    ORDER BY c.position LIMIT %(limit)s"""
COUNT_CHANGES = "SELECT count(*) AS total FROM releases.changes WHERE release_id = %(id)s"
DEPLOYMENTS = """
    SELECT d.id, d.environment_id, e.name AS environment, d.state, u.username AS requester, d.is_rollback,
        d.is_emergency, d.created_at, d.started_at, d.ended_at, d.cause
    FROM releases.deployments AS d JOIN releases.environments AS e ON e.id = d.environment_id
    LEFT JOIN releases.users AS u ON u.id = d.requester_id
    WHERE d.release_id = %(id)s AND d.id < %(before)s ORDER BY d.id DESC LIMIT %(limit)s"""
COUNT_DEPLOYMENTS = "SELECT count(*) AS total FROM releases.deployments WHERE release_id = %(id)s"
RUNNING = f"""
    SELECT d.environment_id, e.name AS environment, d.id AS deployment_id, d.state,
        coalesce(d.ended_at, d.started_at) AS since
    FROM releases.deployments AS d JOIN releases.environments AS e ON e.id = d.environment_id
    WHERE d.release_id = %(id)s AND (d.state = 'running' OR {IS_CURRENT}) ORDER BY e.rank, e.id, d.id"""
SAME_VERSION = """
    SELECT id, semver AS version, git_sha, state, content_hash FROM releases.releases
    WHERE service_id = %(service_id)s AND precedence = %(precedence)s"""

LIFECYCLE_FACTS = """
    SELECT r.semver, r.content_hash, s.lifecycle_id,
        (SELECT json_agg(json_build_object('range', c.version_range, 'lifecycle_id', c.lifecycle_id)
                         ORDER BY c.position) FROM releases.channels AS c WHERE c.service_id = r.service_id) AS channels
    FROM releases.releases AS r JOIN releases.services AS s ON s.id = r.service_id WHERE r.id = %(id)s"""


async def release(connection: Connection, release_id: int) -> Row | None:
    """One release. `etag` counts its edits, and `team_id` is its service's."""
    return await fetch_one(connection, ONE, {"id": release_id})


async def releases(
    connection: Connection, *, service_id: int | None = None, state: str | None = None, limit: int,
    cursor: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A page: within a service by SemVer precedence, the highest first. Raises `InvalidInput` for a foreign cursor."""
    service, after = unseal(cursor, int, str) if cursor else BEFORE_ALL
    filters = {"service_id": service_id, "state": state}
    rows = await fetch_all(connection, PART, {**filters, "after_service": service, "after": after, "limit": limit})
    return {
        "items": rows,
        "total": await _count(connection, COUNT, filters),
        "next_cursor": seal(rows[-1]["service_id"], rows[-1]["precedence"]) if len(rows) == limit else None,
    }


async def changes(connection: Connection, release_id: int) -> list[Row]:
    """All changes of a release, in order."""
    return await fetch_all(connection, CHANGES, {"id": release_id})


async def part_of_changes(connection: Connection, release_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
    after = unseal(cursor, int)[0] if cursor else -1
    rows = await fetch_all(connection, PART_OF_CHANGES, {"id": release_id, "after": after, "limit": limit})
    return {
        "items": rows,
        "total": await _count(connection, COUNT_CHANGES, {"id": release_id}),
        "next_cursor": seal(rows[-1]["position"]) if len(rows) == limit else None,
    }


async def deployments(connection: Connection, release_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """The deployments of a release, the newest first."""
    return await newest_first(
        connection, part=DEPLOYMENTS, count=COUNT_DEPLOYMENTS, params={"id": release_id}, limit=limit, cursor=cursor
    )


async def running(connection: Connection, release_id: int) -> list[Row]:
    """Where a release runs now, or is just being brought to."""
    return await fetch_all(connection, RUNNING, {"id": release_id})


async def history(connection: Connection, release_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """What was done to a release, the newest first. Addresses are for those who may read the log."""
    before = unseal(cursor, int)[0] if cursor else None
    events = await event_log.page(connection, "releases", of=f"release:{release_id}", before=before, limit=limit)
    rows = [
        {"id": each["id"], "at": each["at"], "by": each["actor_name"], "action": each["action"],
         "details": each["details"]}
        for each in events
    ]  # fmt: skip
    return {"items": rows, "next_cursor": seal(rows[-1]["id"]) if len(rows) == limit else None}


async def lifecycle_facts(connection: Connection, release_id: int) -> Row | None:
    """What says which lifecycle a release goes through."""
    return await fetch_one(connection, LIFECYCLE_FACTS, {"id": release_id})


async def of_version(connection: Connection, service_id: int, precedence: str) -> Row | None:
    """The release of a service whose version has this precedence: build metadata makes no other one."""
    return await fetch_one(connection, SAME_VERSION, {"service_id": service_id, "precedence": precedence})


async def _count(connection: Connection, statement: Any, params: dict[str, Any]) -> int:
    row = await fetch_one(connection, statement, params) or {"total": 0}
    total: int = row["total"]
    return total
