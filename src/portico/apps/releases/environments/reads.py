"""Environments as they are shown."""

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

COLUMNS = "id, name, type, rank, is_protected, required_gates, created_at, version"
ONE = f"SELECT {COLUMNS} FROM releases.environments WHERE id = %(id)s"
ALL = f"SELECT {COLUMNS} FROM releases.environments ORDER BY rank, id"


async def environments(connection: Connection) -> list[Row]:
    """All of them, in the order of their ranks."""
    return await fetch_all(connection, ALL)


async def environment(connection: Connection, environment_id: int) -> Row | None:
    """One environment, with its `version`."""
    return await fetch_one(connection, ONE, {"id": environment_id})
