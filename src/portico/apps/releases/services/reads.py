"""Services and channels as they are shown, and what others ask of a service."""

from typing import Any

from portico.apps.releases.semver import Range, parse
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.paging import seal, unseal

FROM = """
    FROM releases.services AS s JOIN releases.teams AS t ON t.id = s.team_id
    LEFT JOIN releases.lifecycles AS l ON l.id = s.lifecycle_id"""
COLUMNS = f"""
    s.id, s.name, s.description, s.team_id, t.name AS team, s.repository_url, s.tier, s.versioning, s.tag_prefix,
    s.lifecycle_id, l.name AS lifecycle, s.created_at, s.version {FROM}"""
MATCHING = "(%(team_id)s::bigint IS NULL OR s.team_id = %(team_id)s)"
ONE = f"SELECT {COLUMNS} WHERE s.id = %(id)s"
PART = f"""
    SELECT lower(s.name) AS sort_key, {COLUMNS} WHERE lower(s.name) > %(after)s AND {MATCHING}
    ORDER BY lower(s.name) LIMIT %(limit)s"""
COUNT = f"SELECT count(*) AS total FROM releases.services AS s WHERE {MATCHING}"
CHANNEL = """
    SELECT c.id, c.service_id, c.position, c.name, c.version_range, c.lifecycle_id, l.name AS lifecycle, c.created_at,
        c.version FROM releases.channels AS c JOIN releases.lifecycles AS l ON l.id = c.lifecycle_id"""
CHANNELS = f"{CHANNEL} WHERE c.service_id = %(service_id)s ORDER BY c.position"
ONE_CHANNEL = f"{CHANNEL} WHERE c.service_id = %(service_id)s AND c.id = %(id)s"


async def service(connection: Connection, service_id: int) -> Row | None:
    """One service, with its `version`."""
    return await fetch_one(connection, ONE, {"id": service_id})


async def page(connection: Connection, *, team_id: int | None, limit: int, cursor: str | None) -> dict[str, Any]:
    """Services by name, those of one team where it is named."""
    params = {"team_id": team_id, "limit": limit, "after": unseal(cursor, str)[0] if cursor else ""}
    rows = await fetch_all(connection, PART, params)
    counted = await fetch_one(connection, COUNT, params) or {"total": 0}
    following = seal(rows[-1]["sort_key"]) if len(rows) == limit else None
    return {"items": rows, "total": counted["total"], "next_cursor": following}


async def channels(connection: Connection, service_id: int) -> list[Row]:
    """The channels of a service, in the order in which they are asked."""
    return await fetch_all(connection, CHANNELS, {"service_id": service_id})


async def channel(connection: Connection, service_id: int, channel_id: int) -> Row | None:
    """One channel, with its `version`."""
    return await fetch_one(connection, ONE_CHANNEL, {"service_id": service_id, "id": channel_id})


async def team_of(connection: Connection, service_id: int) -> int | None:
    """The team that delivers a service; None where there is no such service."""
    row = await fetch_one(connection, "SELECT team_id FROM releases.services WHERE id = %(id)s", {"id": service_id})
    return row["team_id"] if row else None


async def lifecycle_of(connection: Connection, service_id: int, version: str) -> int | None:
    """The lifecycle that a version goes through: that of the first channel that takes it, else the service's own."""
    wanted = parse(version)
    for each in await channels(connection, service_id):
        if wanted in Range(each["version_range"]):
            lifecycle_id: int = each["lifecycle_id"]
            return lifecycle_id
    found = await service(connection, service_id)
    return found["lifecycle_id"] if found else None
