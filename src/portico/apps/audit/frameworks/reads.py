"""Frameworks as they are shown: to who runs the firm, and to the teams of its engagements."""

from typing import Any, LiteralString

from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.users.reads import person
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first
from portico.kernel.paging import seal, unseal

SEEN: LiteralString = """
    (%(everywhere)s OR EXISTS (SELECT FROM audit.members AS m WHERE m.user_id = %(me)s AND m.role <> 'auditee'))"""
FRAMEWORK = f"""
    SELECT f.id, f.uuid, f.kind, f.title, f.name, f.document_version, f.oscal_version, f.sha256, f.requirements,
           {person("u")} AS imported_by, f.created_at
    FROM audit.frameworks AS f JOIN audit.users AS u ON u.id = f.imported_by"""
ONE = f"{FRAMEWORK} WHERE f.id = %(id)s AND {SEEN}"
PART = f"{FRAMEWORK} WHERE f.id < %(before)s AND {SEEN} ORDER BY f.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM audit.frameworks AS f WHERE {SEEN}"
FAMILIES = """
    SELECT family AS id, max(family_title) AS title, count(*) FILTER (WHERE NOT is_withdrawn) AS requirements
    FROM audit.requirements WHERE framework_id = %(id)s GROUP BY family ORDER BY min(position)"""
IMPORTS = """
    SELECT named.key AS href, f.id AS framework_id, f.title, f.document_version
    FROM audit.frameworks AS own CROSS JOIN jsonb_each_text(own.imports) AS named
    JOIN audit.frameworks AS f ON f.id = named.value::bigint WHERE own.id = %(id)s ORDER BY f.id"""

REQUIREMENT = """
    SELECT r.id, r.framework_id, r.position, r.code, r.label, r.parent_code, r.family, r.family_title, r.title, r.text,
           r.guidance, r.statement_id, r.related, r.is_withdrawn
    FROM audit.requirements AS r"""
MATCHING: LiteralString = f"""
    r.framework_id = %(framework)s AND (%(family)s::text IS NULL OR r.family = %(family)s)
    AND (%(withdrawn)s OR NOT r.is_withdrawn)
    AND (%(q)s::text IS NULL OR strpos(lower(concat_ws(' ', r.label, r.code, r.title, r.text)), lower(%(q)s)) > 0)
    AND {SEEN}"""
REQUIREMENTS = f"{REQUIREMENT} WHERE {MATCHING} AND r.position > %(after)s ORDER BY r.position LIMIT %(limit)s"
COUNT_REQUIREMENTS = f"SELECT count(*) AS total FROM audit.requirements AS r WHERE {MATCHING}"
ONE_REQUIREMENT = f"{REQUIREMENT} WHERE r.id = %(id)s AND {SEEN}"


def _brief(alias: LiteralString) -> LiteralString:
    return f"""json_build_object(
        'id', {alias}.id, 'framework_id', {alias}.framework_id, 'code', {alias}.code, 'title', {alias}.title)"""


MAPPING = f"""
    SELECT m.id, m.relationship, m.created_at, {_brief("s")} AS requirement, {_brief("t")} AS target
    FROM audit.mappings AS m JOIN audit.requirements AS s ON s.id = m.source_id
    JOIN audit.requirements AS t ON t.id = m.target_id"""
OF_FRAMEWORK = """(s.framework_id = %(framework)s OR t.framework_id = %(framework)s)
    AND (%(code)s::text IS NULL OR s.framework_id = %(framework)s AND s.code = %(code)s
         OR t.framework_id = %(framework)s AND t.code = %(code)s)"""
MAPPINGS = f"{MAPPING} WHERE {OF_FRAMEWORK} AND m.id < %(before)s ORDER BY m.id DESC LIMIT %(limit)s"
COUNT_MAPPINGS = f"""
    SELECT count(*) AS total FROM audit.mappings AS m JOIN audit.requirements AS s ON s.id = m.source_id
    JOIN audit.requirements AS t ON t.id = m.target_id WHERE {OF_FRAMEWORK}"""
KNOWN = "SELECT code FROM audit.requirements WHERE framework_id = %(framework)s AND code = ANY(%(codes)s)"


class Reader:
    """Who reads: `everywhere` is who runs the firm, and needs no engagement for it."""

    def __init__(self, user_id: int, *, everywhere: bool) -> None:
        self.params = {"me": user_id, "everywhere": everywhere}

    @classmethod
    def of(cls, access: Access) -> "Reader":
        return cls(access.user_id, everywhere=access.may(Action.CONFIGURE))


async def framework(connection: Connection, reader: Reader, framework_id: int) -> Row | None:
    """One framework, with its families and what it imports."""
    row = await fetch_one(connection, ONE, {**reader.params, "id": framework_id})
    if row is None:
        return None
    families = await fetch_all(connection, FAMILIES, {"id": framework_id})
    return {**row, "families": families, "imports": await fetch_all(connection, IMPORTS, {"id": framework_id})}


async def frameworks(connection: Connection, reader: Reader, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page, the newest first."""
    return await newest_first(connection, part=PART, count=COUNT, params=reader.params, limit=limit, cursor=cursor)


async def is_seen(connection: Connection, reader: Reader, framework_id: int) -> bool:
    sql: LiteralString = f"SELECT f.id FROM audit.frameworks AS f WHERE f.id = %(id)s AND {SEEN}"
    return await fetch_one(connection, sql, {**reader.params, "id": framework_id}) is not None


async def requirements(
    connection: Connection, reader: Reader, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page in the order of the document. `filters` are the parameters of `MATCHING`."""
    params = {**reader.params, **filters}
    after = unseal(cursor, int)[0] if cursor else 0
    rows = await fetch_all(connection, REQUIREMENTS, {**params, "after": after, "limit": limit})
    counted = await fetch_one(connection, COUNT_REQUIREMENTS, params) or {"total": 0}
    following = seal(rows[-1]["position"]) if len(rows) == limit else None
    return {"items": rows, "total": counted["total"], "next_cursor": following}


async def requirement(connection: Connection, reader: Reader, requirement_id: int) -> Row | None:
    return await fetch_one(connection, ONE_REQUIREMENT, {**reader.params, "id": requirement_id})


async def mappings(
    connection: Connection, framework_id: int, *, code: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """What is mapped to or from a framework, or to or from one of its requirements; the newest first."""
    params = {"framework": framework_id, "code": code}
    return await newest_first(
        connection, part=MAPPINGS, count=COUNT_MAPPINGS, params=params, limit=limit, cursor=cursor
    )


async def known_codes(connection: Connection, framework_id: int, codes: list[str]) -> set[str]:
    rows = await fetch_all(connection, KNOWN, {"framework": framework_id, "codes": codes})
    return {row["code"] for row in rows}
