"""Workpapers as they are shown: each as its newest version has it, and all versions of one."""

from typing import Any, LiteralString

from portico.apps.audit.engagements.standing import INSIDE
from portico.apps.audit.users.reads import person
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first
from portico.kernel.paging import seal, unseal

BEGINNING = "0001-01-01T00:00:00Z"


def linked(links: LiteralString, condition: LiteralString, extra: LiteralString = "") -> LiteralString:
    """SQL: the versions of evidence in a table of links, called `l`, that meet a condition, as an array."""
    return f"""(
        SELECT coalesce(json_agg(json_build_object(
            'evidence_version_id', x.id, 'evidence_id', d.id, 'number', d.number, 'title', d.title,
            'version', x.number, 'name', x.name, 'sha256', x.sha256, 'state', x.state,
            'is_sealed', x.sealed_at IS NOT NULL{extra}) ORDER BY d.number, x.number), '[]'::json)
        FROM {links} AS l JOIN audit.evidence_versions AS x ON x.id = l.evidence_version_id
        JOIN audit.evidence AS d ON d.id = x.evidence_id WHERE {condition})"""


LINE = f"""
    w.id, w.engagement_id, w.number, json_build_object('id', p.id, 'code', p.code, 'title', p.title) AS procedure,
    v.number AS edition, v.title, v.state, v.prepared_at, v.reviewed_at, v.version,
    {person("editor")} AS edited_by, {person("preparer")} AS prepared_by, {person("reviewer")} AS reviewed_by"""
TEXTS = f"""
    v.objective, v.work_done, v.conclusion, v.review_note, v.created_at,
    {linked("audit.workpaper_evidence", "l.workpaper_version_id = v.id")} AS evidence"""
FROM = """
    FROM audit.workpapers AS w
    JOIN audit.procedures AS p ON p.id = w.procedure_id
    JOIN audit.workpaper_versions AS v ON v.workpaper_id = w.id
    JOIN audit.users AS editor ON editor.id = v.edited_by
    LEFT JOIN audit.users AS preparer ON preparer.id = v.prepared_by
    LEFT JOIN audit.users AS reviewer ON reviewer.id = v.reviewed_by"""
NEWEST = """
    NOT EXISTS (SELECT FROM audit.workpaper_versions AS later
                WHERE later.workpaper_id = v.workpaper_id AND later.number > v.number)"""
SEEN = INSIDE.format(of="w.engagement_id")
ONE = f"SELECT {LINE}, {TEXTS} {FROM} WHERE w.id = %(id)s AND {NEWEST} AND {SEEN}"
VERSIONS = f"SELECT {LINE}, {TEXTS} {FROM} WHERE w.id = %(id)s AND {SEEN} ORDER BY v.number DESC"

MATCHING = f"""
    w.engagement_id = %(engagement)s AND {NEWEST} AND (%(state)s::text IS NULL OR v.state = %(state)s)
    AND (%(procedure)s::bigint IS NULL OR w.procedure_id = %(procedure)s)"""
PART = f"SELECT {LINE} {FROM} WHERE {MATCHING} AND w.id < %(before)s ORDER BY w.id DESC LIMIT %(limit)s"
COUNT = f"""
    SELECT count(*) AS total FROM audit.workpapers AS w
    JOIN audit.workpaper_versions AS v ON v.workpaper_id = w.id WHERE {MATCHING}"""

CASE = f"""
    SELECT w.id, w.engagement_id, e.state AS engagement_state, m.role, v.state, v.conclusion, v.prepared_by, v.editors,
           %(me)s::bigint AS caller_id,
           (SELECT count(*) FROM audit.workpaper_evidence AS l
            JOIN audit.evidence_versions AS x ON x.id = l.evidence_version_id
                 AND (x.sealed_at IS NULL OR x.failed_at IS NOT NULL)
            WHERE l.workpaper_version_id = v.id) AS unsealed
    FROM audit.workpapers AS w
    JOIN audit.engagements AS e ON e.id = w.engagement_id
    JOIN audit.members AS m ON m.engagement_id = w.engagement_id AND m.user_id = %(me)s AND m.role <> 'auditee'
    JOIN audit.workpaper_versions AS v ON v.workpaper_id = w.id
    WHERE w.id = %(id)s AND {NEWEST}"""

# A paper that somebody has taken waits for nobody else, as long as that one reviews in the engagement.
WAITING = f"""
    FROM audit.workpaper_versions AS v JOIN audit.workpapers AS w ON w.id = v.workpaper_id
    JOIN audit.procedures AS p ON p.id = w.procedure_id
    JOIN audit.engagements AS e ON e.id = w.engagement_id AND e.state <> 'archived'
    JOIN audit.members AS m ON m.engagement_id = w.engagement_id AND m.user_id = %(me)s
         AND m.role IN ('reviewer', 'lead')
    JOIN audit.clients AS c ON c.id = e.client_id
    JOIN audit.users AS editor ON editor.id = v.edited_by
    LEFT JOIN audit.users AS preparer ON preparer.id = v.prepared_by
    LEFT JOIN audit.users AS reviewer ON reviewer.id = v.reviewed_by
    LEFT JOIN audit.members AS taker ON taker.engagement_id = w.engagement_id AND taker.user_id = v.reviewed_by
         AND taker.role IN ('reviewer', 'lead')
    WHERE (v.state = 'prepared' OR v.state = 'in_review' AND (v.reviewed_by = %(me)s OR taker.user_id IS NULL))
      AND v.prepared_by <> %(me)s AND %(me)s <> ALL (v.editors) AND {NEWEST}"""
QUEUE = f"""
    SELECT {LINE}, e.name AS engagement, c.name AS client, v.id AS version_id {WAITING}
      AND (v.prepared_at, v.id) > (%(since)s::timestamptz, %(after)s) ORDER BY v.prepared_at, v.id LIMIT %(limit)s"""
COUNT_WAITING = f"SELECT count(*) AS total {WAITING}"

EVIDENCE = """
    SELECT x.id, x.sealed_at FROM audit.evidence_versions AS x JOIN audit.evidence AS d ON d.id = x.evidence_id
    WHERE x.id = %(id)s AND d.engagement_id = %(engagement)s"""
OF_ENGAGEMENT = "SELECT id FROM audit.workpapers WHERE id = %(id)s AND engagement_id = %(engagement)s"


async def workpaper(connection: Connection, user_id: int, workpaper_id: int) -> Row | None:
    """A workpaper as its newest version has it, for who is of its engagement's team."""
    return await fetch_one(connection, ONE, {"id": workpaper_id, "me": user_id})


async def versions(connection: Connection, user_id: int, workpaper_id: int) -> list[Row]:
    """All versions, the newest first; none where the caller sees no such workpaper."""
    return await fetch_all(connection, VERSIONS, {"id": workpaper_id, "me": user_id})


async def workpapers(
    connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)


async def case(connection: Connection, user_id: int, workpaper_id: int) -> Row | None:
    """What decides on what this member of the team may do with a workpaper."""
    return await fetch_one(connection, CASE, {"id": workpaper_id, "me": user_id})


async def reviews(connection: Connection, user_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """What waits for this reviewer in all engagements: what was prepared first comes first."""
    since, after = unseal(cursor, str, int) if cursor else (BEGINNING, 0)
    params = {"me": user_id, "since": since, "after": after, "limit": limit}
    rows = await fetch_all(connection, QUEUE, params)
    counted = await fetch_one(connection, COUNT_WAITING, {"me": user_id}) or {"total": 0}
    last = rows[-1] if len(rows) == limit else None
    following = seal(last["prepared_at"].isoformat(), last["version_id"]) if last else None
    return {"items": rows, "total": counted["total"], "next_cursor": following}


async def evidence_version(connection: Connection, engagement_id: int, version_id: int) -> Row | None:
    """A version of evidence of this engagement, for who has entered it."""
    return await fetch_one(connection, EVIDENCE, {"id": version_id, "engagement": engagement_id})


async def is_in(connection: Connection, engagement_id: int, workpaper_id: int) -> bool:
    """Whether a workpaper is of this engagement, for who has entered it."""
    return await fetch_one(connection, OF_ENGAGEMENT, {"id": workpaper_id, "engagement": engagement_id}) is not None
