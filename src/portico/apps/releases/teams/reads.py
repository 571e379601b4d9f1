"""Teams as they are shown."""

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

COLUMNS = """
    t.id, t.name, t.description, t.created_at, t.version, coalesce((
        SELECT json_agg(json_build_object('id', u.id, 'username', u.username, 'full_name', u.full_name)
                        ORDER BY lower(u.username))
        FROM releases.team_members AS m JOIN releases.users AS u ON u.id = m.user_id WHERE m.team_id = t.id
    ), '[]') AS members"""
ONE = f"SELECT {COLUMNS} FROM releases.teams AS t WHERE t.id = %(id)s"
ALL = f"SELECT {COLUMNS} FROM releases.teams AS t ORDER BY lower(t.name)"


async def teams(connection: Connection) -> list[Row]:
    return await fetch_all(connection, ALL)


async def team(connection: Connection, team_id: int) -> Row | None:
    """One team, with its `version`."""
    return await fetch_one(connection, ONE, {"id": team_id})
