"""Groups as they are shown."""

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

COLUMNS = """
    g.id, g.name, g.created_at, g.version, coalesce((
        SELECT json_agg(json_build_object('id', u.id, 'username', u.username, 'full_name', u.full_name)
                        ORDER BY lower(u.username))
        FROM releases.group_members AS m JOIN releases.users AS u ON u.id = m.user_id WHERE m.group_id = g.id
    ), '[]') AS members"""
ONE = f"SELECT {COLUMNS} FROM releases.groups AS g WHERE g.id = %(id)s"
ALL = f"SELECT {COLUMNS} FROM releases.groups AS g ORDER BY lower(g.name)"


async def groups(connection: Connection) -> list[Row]:
    return await fetch_all(connection, ALL)


async def group(connection: Connection, group_id: int) -> Row | None:
    """One group, with its `version`."""
    return await fetch_one(connection, ONE, {"id": group_id})
