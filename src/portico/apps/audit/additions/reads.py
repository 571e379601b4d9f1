"""Additions as they are shown."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

SHOWN = """
    SELECT a.id, a.at, json_build_object('id', u.guid, 'name', a.user_name) AS by, a.text, a.reason
    FROM audit.additions AS a JOIN audit.users AS u ON u.id = a.user_id"""
ONE = f"{SHOWN} WHERE a.id = %(id)s"
PART = f"{SHOWN} WHERE a.engagement_id = %(engagement)s AND a.id < %(before)s ORDER BY a.id DESC LIMIT %(limit)s"
COUNT = "SELECT count(*) AS total FROM audit.additions WHERE engagement_id = %(engagement)s"


async def addition(connection: Connection, addition_id: int) -> Row | None:
    return await fetch_one(connection, ONE, {"id": addition_id})


async def additions(connection: Connection, engagement_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
    params = {"engagement": engagement_id}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)
