"""Clients as they are shown."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

COLUMNS = "c.id, c.name, c.registration, c.country, c.currency, c.created_at, c.version"
MATCHING = "(%(q)s::text IS NULL OR strpos(lower(c.name), lower(%(q)s)) > 0)"
ONE = f"SELECT {COLUMNS} FROM audit.clients AS c WHERE c.id = %(id)s"
PART = f"""
    SELECT {COLUMNS} FROM audit.clients AS c
    WHERE c.id < %(before)s AND {MATCHING} ORDER BY c.id DESC LIMIT %(limit)s"""
COUNT = f"SELECT count(*) AS total FROM audit.clients AS c WHERE {MATCHING}"


async def client(connection: Connection, client_id: int) -> Row | None:
    """One client, with the `version`."""
    return await fetch_one(connection, ONE, {"id": client_id})


async def clients(connection: Connection, *, q: str | None, limit: int, cursor: str | None) -> dict[str, Any]:
    """The newest clients first. `q` is part of a name."""
    return await newest_first(connection, part=PART, count=COUNT, params={"q": q}, limit=limit, cursor=cursor)
