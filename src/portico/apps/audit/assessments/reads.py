"""Assessments as they are shown: each of them, and what they say of a framework in all."""

from typing import Any, LiteralString

from portico.apps.audit.engagements.standing import INSIDE
from portico.apps.audit.users.reads import person
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first
from portico.kernel.paging import seal, unseal

LATER = """
    EXISTS (SELECT FROM audit.assessments AS later WHERE later.engagement_id = a.engagement_id
            AND later.requirement_id = a.requirement_id AND later.id > a.id)"""
ASSESSMENT = f"""
    SELECT a.id, a.engagement_id, a.method, a.result, a.observation, a.at,
           json_build_object('id', r.id, 'code', r.code, 'label', r.label, 'title', r.title, 'family', r.family,
                             'framework_id', r.framework_id) AS requirement,
           CASE WHEN p.id IS NOT NULL THEN json_build_object('id', p.id, 'code', p.code, 'title', p.title) END
               AS procedure,
           CASE WHEN w.id IS NOT NULL THEN json_build_object('id', w.id, 'number', w.number) END AS workpaper,
           {person("u")} AS assessed_by, NOT {LATER} AS counts"""
FROM = """
    FROM audit.assessments AS a
    JOIN audit.requirements AS r ON r.id = a.requirement_id
    JOIN audit.users AS u ON u.id = a.user_id
    LEFT JOIN audit.procedures AS p ON p.id = a.procedure_id
    LEFT JOIN audit.workpapers AS w ON w.id = a.workpaper_id"""
ONE = f"{ASSESSMENT} {FROM} WHERE a.id = %(id)s AND {INSIDE.format(of='a.engagement_id')}"
MATCHING: LiteralString = f"""
    a.engagement_id = %(engagement)s AND (%(requirement)s::bigint IS NULL OR a.requirement_id = %(requirement)s)
    AND (%(result)s::text IS NULL OR a.result = %(result)s) AND (NOT %(counting)s OR NOT {LATER})"""
PART = f"{ASSESSMENT} {FROM} WHERE {MATCHING} AND a.id < %(before)s ORDER BY a.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM audit.assessments AS a WHERE {MATCHING}"

CHOSEN = f"""
    SELECT f.id, f.title, f.kind, f.document_version, f.requirements, c.at AS chosen_at,
           {person("u")} AS chosen_by
    FROM audit.engagement_frameworks AS c JOIN audit.frameworks AS f ON f.id = c.framework_id
    JOIN audit.users AS u ON u.id = c.user_id WHERE c.engagement_id = %(engagement)s ORDER BY f.id"""
NEWEST = """
    SELECT DISTINCT ON (requirement_id) requirement_id, id, result, method, at, observation FROM audit.assessments
    WHERE engagement_id = %(engagement)s ORDER BY requirement_id, id DESC"""
TO_ASSESS = f"""
    FROM audit.engagement_frameworks AS c
    JOIN audit.requirements AS r ON r.framework_id = c.framework_id AND NOT r.is_withdrawn
    LEFT JOIN ({NEWEST}) AS n ON n.requirement_id = r.id
    WHERE c.engagement_id = %(engagement)s"""
FAMILIES = f"""
    SELECT r.framework_id, r.family AS id, max(r.family_title) AS title, count(*) AS total,
           count(*) FILTER (WHERE n.result = 'satisfied') AS satisfied,
           count(*) FILTER (WHERE n.result = 'other-than-satisfied') AS other_than_satisfied,
           count(*) FILTER (WHERE n.result IS NULL) AS not_assessed
    {TO_ASSESS} GROUP BY r.framework_id, r.family ORDER BY r.framework_id, min(r.position)"""
OPEN: LiteralString = f"""
    {TO_ASSESS} AND (%(framework)s::bigint IS NULL OR r.framework_id = %(framework)s)
    AND (%(family)s::text IS NULL OR r.family = %(family)s)
    AND (%(result)s::text IS NULL OR coalesce(n.result, 'not-assessed') = %(result)s)"""
REQUIREMENTS = f"""
    SELECT r.id, r.framework_id, r.position, r.code, r.label, r.title, r.family,
           coalesce(n.result, 'not-assessed') AS result, n.id AS assessment_id, n.method, n.at AS assessed_at,
           left(n.observation, 300) AS observation
    {OPEN} AND (r.framework_id, r.position) > (%(in)s, %(after)s)
    ORDER BY r.framework_id, r.position LIMIT %(limit)s"""
COUNT_REQUIREMENTS = f"SELECT count(*) AS total {OPEN}"


async def assessment(connection: Connection, user_id: int, assessment_id: int) -> Row | None:
    """One assessment, for who is of its engagement's team."""
    return await fetch_one(connection, ONE, {"id": assessment_id, "me": user_id})


async def assessments(
    connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)


async def chosen(connection: Connection, engagement_id: int) -> list[Row]:
    """The frameworks by which an engagement assesses."""
    return await fetch_all(connection, CHOSEN, {"engagement": engagement_id})


async def summary(connection: Connection, engagement_id: int) -> list[Row]:
    """Each of its frameworks with its families, and how many requirements the newest assessments find satisfied."""
    frameworks = await chosen(connection, engagement_id)
    families = await fetch_all(connection, FAMILIES, {"engagement": engagement_id})
    return [_summed(each, [row for row in families if row["framework_id"] == each["id"]]) for each in frameworks]


async def requirements(
    connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """What there is to assess, each with its newest result, in the order of the frameworks."""
    framework_id, position = unseal(cursor, int, int) if cursor else (0, 0)
    params = {**filters, "in": framework_id, "after": position, "limit": limit}
    rows = await fetch_all(connection, REQUIREMENTS, params)
    counted = await fetch_one(connection, COUNT_REQUIREMENTS, filters) or {"total": 0}
    following = seal(rows[-1]["framework_id"], rows[-1]["position"]) if len(rows) == limit else None
    return {"items": rows, "total": counted["total"], "next_cursor": following}


def _summed(framework: Row, families: list[Row]) -> Row:
    counts = ("total", "satisfied", "other_than_satisfied", "not_assessed")
    about = {"id": framework["id"], "title": framework["title"]}
    return {**about, **{name: sum(row[name] for row in families) for name in counts}, "families": families}
