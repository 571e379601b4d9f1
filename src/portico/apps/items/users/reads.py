"""Users as they are shown. Nothing here reads a password."""

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

COLUMNS = "id, email, username, is_active, created_at, updated_at"
ONE = f"SELECT {COLUMNS}, version FROM items.users WHERE id = %(id)s"
SEEN = "(%(people)s::bigint IS NULL OR id = %(people)s)"
PART = f"SELECT {COLUMNS} FROM items.users WHERE id > %(after)s AND {SEEN} ORDER BY id LIMIT %(limit)s OFFSET %(skip)s"
COUNT = f"SELECT count(*) AS total FROM items.users WHERE {SEEN}"

AMONG = f"SELECT {COLUMNS} FROM items.users WHERE id = ANY(%(ids)s::bigint[])"
ADDRESS = "SELECT email FROM items.users WHERE id = %(id)s::bigint AND is_active"


async def user(connection: Connection, user_id: int) -> Row | None:
    """One user, with its `version`."""
    return await fetch_one(connection, ONE, {"id": user_id})


async def users(
    connection: Connection, *, people: int | None, skip: int, limit: int, after: int
) -> tuple[list[Row], int]:
    """Users in id order, and how many there are. `people` names the one user who may be seen; None is everyone."""
    params = {"people": people, "skip": skip, "limit": limit, "after": after}
    rows = await fetch_all(connection, PART, params)
    row = await fetch_one(connection, COUNT, params) or {"total": 0}
    return rows, row["total"]


async def users_among(connection: Connection, user_ids: list[int]) -> list[Row]:
    """Those of these users that there are, in one query."""
    return await fetch_all(connection, AMONG, {"ids": user_ids})


async def address(connection: Connection, user_key: str) -> str | None:
    """Where an active user's mail goes."""
    row = await fetch_one(connection, ADDRESS, {"id": user_key})
    return row["email"] if row else None
