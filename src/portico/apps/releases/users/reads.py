"""Users as they are shown. Nothing here reads a password."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.paging import seal, unseal

COLUMNS = """
    u.id, u.email, u.username, u.full_name, u.role, u.is_active, u.created_at, u.updated_at, u.version,
    ARRAY(SELECT team_id FROM releases.team_members WHERE user_id = u.id ORDER BY team_id) AS teams,
    ARRAY(SELECT group_id FROM releases.group_members WHERE user_id = u.id ORDER BY group_id) AS groups"""
MATCHING = """
    (%(people)s::bigint IS NULL OR u.id = %(people)s) AND (%(role)s::text IS NULL OR u.role = %(role)s)"""
ONE = f"SELECT {COLUMNS} FROM releases.users AS u WHERE u.id = %(id)s"
PART = f"""
    SELECT {COLUMNS} FROM releases.users AS u WHERE u.id > %(after)s AND {MATCHING} ORDER BY u.id LIMIT %(limit)s"""
COUNT = f"SELECT count(*) AS total FROM releases.users AS u WHERE {MATCHING}"


async def user(connection: Connection, user_id: int) -> Row | None:
    """One user, with its `version`."""
    return await fetch_one(connection, ONE, {"id": user_id})


async def page(
    connection: Connection, *, people: int | None, role: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Users in id order. `people` names the one user who may be seen; None is everyone."""
    after = unseal(cursor, int)[0] if cursor else 0
    params = {"people": people, "role": role, "limit": limit, "after": after}
    rows = await fetch_all(connection, PART, params)
    counted = await fetch_one(connection, COUNT, params) or {"total": 0}
    following = seal(rows[-1]["id"]) if len(rows) == limit else None
    return {"items": rows, "total": counted["total"], "next_cursor": following}
