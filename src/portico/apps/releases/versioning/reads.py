"""What is known of a service's versions and their changes."""

from portico.kernel.database import Connection, Row, fetch_all

VERSIONS = """
    SELECT id, semver, state FROM releases.releases WHERE service_id = %(service_id)s ORDER BY precedence"""
CHANGES = """
    SELECT c.sha, c.kind, c.scope, c.is_breaking, c.subject
    FROM releases.changes AS c JOIN releases.releases AS r ON r.id = c.release_id
    WHERE r.service_id = %(service_id)s AND (%(after)s::text IS NULL OR r.precedence > %(after)s COLLATE "C")
      AND (%(until)s::text IS NULL OR r.precedence <= %(until)s COLLATE "C")
    ORDER BY r.precedence DESC, c.position"""


async def versions(connection: Connection, service_id: int) -> list[Row]:
    """The versions of a service in SemVer order."""
    return await fetch_all(connection, VERSIONS, {"service_id": service_id})


async def changes(connection: Connection, service_id: int, *, after: str | None, until: str | None) -> list[Row]:
    """The changes in the releases between two keys of precedence, drafts too: those of the highest first."""
    return await fetch_all(connection, CHANGES, {"service_id": service_id, "after": after, "until": until})
