"""Gates as they are shown."""

from datetime import datetime

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

# A word that has expired is none: whoever asks has to wait for a new one.
GATE = """
    SELECT g.id, g.release_id, g.name, g.source, g.url, g.expires_at, u.username AS reported_by, g.updated_at,
           g.version, COALESCE(g.expires_at <= %(now)s, false) AS is_expired,
           CASE WHEN g.status = 'passed' AND g.expires_at <= %(now)s THEN 'pending' ELSE g.status END AS status
    FROM releases.gates AS g LEFT JOIN releases.users AS u ON u.id = g.reported_by
    WHERE g.release_id = %(release_id)s"""
ONE = f"{GATE} AND g.name = %(name)s"
OF_RELEASE = f"{GATE} ORDER BY g.name"


async def of_release(connection: Connection, release_id: int, now: datetime) -> list[Row]:
    """What each gate says of the release now: an expired `passed` is `pending`."""
    return await fetch_all(connection, OF_RELEASE, {"release_id": release_id, "now": now})


async def gate(connection: Connection, release_id: int, name: str, now: datetime) -> Row | None:
    return await fetch_one(connection, ONE, {"release_id": release_id, "name": name, "now": now})
