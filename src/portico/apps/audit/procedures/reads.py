"""Procedures as they are shown."""

from typing import Any, LiteralString

from portico.apps.audit.engagements.standing import INSIDE
from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first


def requirement(alias: LiteralString, framework: LiteralString) -> LiteralString:
    """SQL: the requirement of this alias as answers show it, or null."""
    return f"""CASE WHEN {alias}.id IS NOT NULL THEN json_build_object(
        'id', {alias}.id, 'code', {alias}.code, 'title', {alias}.title, 'framework', {framework}.title) END"""


PROCEDURE = f"""
    SELECT p.id, p.engagement_id, p.code, p.title, p.description, p.pack, p.method, p.requirement_id,
           {requirement("r", "k")} AS requirement,
           (SELECT count(*) FROM audit.workpapers AS w WHERE w.procedure_id = p.id) AS workpapers,
           p.created_at, p.version
    FROM audit.procedures AS p
    LEFT JOIN audit.requirements AS r ON r.id = p.requirement_id
    LEFT JOIN audit.frameworks AS k ON k.id = r.framework_id"""
ONE = f"{PROCEDURE} WHERE p.id = %(id)s AND {INSIDE.format(of='p.engagement_id')}"
MATCHING = """
    p.engagement_id = %(engagement)s AND (%(pack)s::text IS NULL OR p.pack = %(pack)s)
    AND (%(requirement)s::bigint IS NULL OR p.requirement_id = %(requirement)s)"""
PART = f"{PROCEDURE} WHERE {MATCHING} AND p.id < %(before)s ORDER BY p.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM audit.procedures AS p WHERE {MATCHING}"
OF_ENGAGEMENT = f"{PROCEDURE} WHERE p.id = %(id)s AND p.engagement_id = %(engagement)s"


async def procedure(connection: Connection, user_id: int, procedure_id: int) -> Row | None:
    """One procedure, for who is of its engagement's team."""
    return await fetch_one(connection, ONE, {"id": procedure_id, "me": user_id})


async def procedure_of(connection: Connection, engagement_id: int, procedure_id: int) -> Row | None:
    """One procedure of this engagement, for who has entered it."""
    return await fetch_one(connection, OF_ENGAGEMENT, {"id": procedure_id, "engagement": engagement_id})


async def procedures(
    connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)
