"""Projects and what they are made of, as they are shown: each with how far its pieces are."""

from collections.abc import Mapping
from typing import Any, LiteralString

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

Filters = Mapping[str, Any]

STATES = ("planned", "in_production", "rework", "completed", "shipped", "scrapped")
COUNTS: LiteralString = ", ".join(f"'{state}', count(*) FILTER (WHERE p.state = '{state}')" for state in STATES)
# What is deleted shows what was deleted with it; what is live shows what is live.
PROGRESS = f"""
    CROSS JOIN LATERAL (
        SELECT json_build_object('total', count(*), {COUNTS}) AS pieces,
            coalesce(round(100.0 * count(*) FILTER (WHERE p.state IN ('completed', 'shipped'))
                / nullif(count(*) FILTER (WHERE p.state <> 'scrapped'), 0), 1), 0) AS percent_done
        FROM factory.pieces AS p
        JOIN factory.assemblies AS pa ON pa.company_id = p.company_id AND pa.id = p.assembly_id
        JOIN factory.components AS pc ON pc.company_id = pa.company_id AND pc.id = pa.component_id
        WHERE """
PROJECT = """
    SELECT j.id, j.code, j.name, j.customer, j.due_on, j.created_at, j.deleted_at, j.version
    FROM factory.projects AS j"""
COMPONENT = """
    SELECT c.id, c.project_id, j.code AS project, c.code, c.name, c.quantity, c.created_at, c.deleted_at, c.version
    FROM factory.components AS c
    JOIN factory.projects AS j ON j.company_id = c.company_id AND j.id = c.project_id"""
ASSEMBLY = """
    SELECT a.id, a.component_id, c.code AS component, c.project_id, a.code, a.name, a.trolley, a.cell, a.created_at,
        a.deleted_at, a.version
    FROM factory.assemblies AS a
    JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id"""
PIECE = """
    SELECT p.id, p.barcode, p.state, p.assembly_id, a.code AS assembly, a.component_id, c.code AS component,
        c.project_id, j.code AS project, p.article_id, r.code AS article, p.outer_length, p.inner_length, p.left_angle,
        p.right_angle, p.profile, p.colour, p.material, p.bar_id, p.bar_length, p.bar_rest, p.trolley, p.cell,
        p.operations, p.replaces_id, replaced.barcode AS replaces, replacement.id AS replaced_by_id,
        p.work_order_id, p.lot_id, p.created_at, p.deleted_at, p.version
    FROM factory.pieces AS p
    JOIN factory.assemblies AS a ON a.company_id = p.company_id AND a.id = p.assembly_id
    JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id
    JOIN factory.projects AS j ON j.company_id = c.company_id AND j.id = c.project_id
    LEFT JOIN factory.articles AS r ON r.company_id = p.company_id AND r.id = p.article_id
    LEFT JOIN factory.pieces AS replaced ON replaced.company_id = p.company_id AND replaced.id = p.replaces_id
    LEFT JOIN factory.pieces AS replacement ON replacement.company_id = p.company_id AND replacement.replaces_id = p.id
    """
# Progress is counted for the rows of the page alone.
OF_PROJECT: LiteralString = "pc.project_id = x.id"
OF_COMPONENT: LiteralString = "pa.component_id = x.id"
OF_ASSEMBLY: LiteralString = "p.assembly_id = x.id"


async def project(connection: Connection, project_id: int) -> Row | None:
    """One project, deleted or not, with its components."""
    found = await fetch_one(connection, _counted(f"{PROJECT} WHERE j.id = %(id)s", OF_PROJECT), {"id": project_id})
    if found is not None:
        below = f"{COMPONENT} WHERE c.project_id = %(id)s AND c.deleted_at IS NOT DISTINCT FROM %(stamp)s"
        values = {"id": project_id, "stamp": found["deleted_at"]}
        found["components"] = await fetch_all(connection, _counted(below, OF_COMPONENT) + " ORDER BY x.id", values)
    return found


async def component(connection: Connection, component_id: int) -> Row | None:
    """One component, deleted or not, with its assemblies."""
    one = _counted(f"{COMPONENT} WHERE c.id = %(id)s", OF_COMPONENT)
    found = await fetch_one(connection, one, {"id": component_id})
    if found is not None:
        below = f"{ASSEMBLY} WHERE a.component_id = %(id)s AND a.deleted_at IS NOT DISTINCT FROM %(stamp)s"
        values = {"id": component_id, "stamp": found["deleted_at"]}
        found["assemblies"] = await fetch_all(connection, _counted(below, OF_ASSEMBLY) + " ORDER BY x.id", values)
    return found


async def assembly(connection: Connection, assembly_id: int) -> Row | None:
    """One assembly, deleted or not, with its pieces."""
    one = _counted(f"{ASSEMBLY} WHERE a.id = %(id)s", OF_ASSEMBLY)
    found = await fetch_one(connection, one, {"id": assembly_id})
    if found is not None:
        below = f"{PIECE} WHERE p.assembly_id = %(id)s AND p.deleted_at IS NOT DISTINCT FROM %(stamp)s ORDER BY p.id"
        found["parts"] = await fetch_all(connection, below, {"id": assembly_id, "stamp": found["deleted_at"]})
    return found


async def piece(connection: Connection, piece_id: int) -> Row | None:
    """One piece, deleted or not, with its place in the project."""
    return await fetch_one(connection, f"{PIECE} WHERE p.id = %(id)s", {"id": piece_id})


async def piece_by_barcode(connection: Connection, barcode: str) -> Row | None:
    """One live piece."""
    return await fetch_one(
        connection, f"{PIECE} WHERE p.barcode = %(barcode)s AND p.deleted_at IS NULL", {"barcode": barcode}
    )


async def projects(connection: Connection, filters: Filters, *, limit: int, cursor: str | None = None) -> Row:
    """A page, the newest first. Filters: code, search, deleted."""
    where = _where("j", filters)
    count: LiteralString = f"SELECT count(*) AS total FROM factory.projects AS j WHERE {where}"
    part = _counted(_part(PROJECT, "j", where, limit), OF_PROJECT) + NEWEST
    return await newest_first(connection, part=part, count=count, params=filters, limit=limit, cursor=cursor)


async def components(connection: Connection, filters: Filters, *, limit: int, cursor: str | None = None) -> Row:
    """A page, the newest first. Filters: project_id, code, search, deleted."""
    where = _where("c", filters)
    count: LiteralString = f"SELECT count(*) AS total FROM factory.components AS c WHERE {where}"
    part = _counted(_part(COMPONENT, "c", where, limit), OF_COMPONENT) + NEWEST
    return await newest_first(connection, part=part, count=count, params=filters, limit=limit, cursor=cursor)


async def assemblies(connection: Connection, filters: Filters, *, limit: int, cursor: str | None = None) -> Row:
    """A page, the newest first. Filters: component_id, trolley, code, search, deleted."""
    where = _where("a", filters)
    count: LiteralString = f"SELECT count(*) AS total FROM factory.assemblies AS a WHERE {where}"
    part = _counted(_part(ASSEMBLY, "a", where, limit), OF_ASSEMBLY) + NEWEST
    return await newest_first(connection, part=part, count=count, params=filters, limit=limit, cursor=cursor)


async def pieces(connection: Connection, filters: Filters, *, limit: int, cursor: str | None = None) -> Row:
    """A page, the newest first. Filters: those below for p."""
    where = _where("p", filters)
    count: LiteralString = f"SELECT count(*) AS total FROM factory.pieces AS p WHERE {where}"
    return await newest_first(
        connection, part=_part(PIECE, "p", where, limit), count=count, params=filters, limit=limit, cursor=cursor
    )


FILTERS: dict[str, dict[str, LiteralString]] = {
    "j": {
        "code": "j.code = %(code)s",
        "search": "strpos(lower(concat_ws(' ', j.code, j.name, j.customer)), lower(%(search)s)) > 0",
    },
    "c": {
        "project_id": "c.project_id = %(project_id)s",
        "code": "c.code = %(code)s",
        "search": "strpos(lower(concat_ws(' ', c.code, c.name)), lower(%(search)s)) > 0",
    },
    "a": {
        "component_id": "a.component_id = %(component_id)s",
        "trolley": "a.trolley = %(trolley)s",
        "code": "a.code = %(code)s",
        "search": "strpos(lower(concat_ws(' ', a.code, a.name)), lower(%(search)s)) > 0",
    },
    "p": {
        "assembly_id": "p.assembly_id = %(assembly_id)s",
        "component_id": """p.assembly_id IN (
            SELECT id FROM factory.assemblies WHERE component_id = %(component_id)s)""",
        "project_id": """p.assembly_id IN (
            SELECT pa.id FROM factory.assemblies AS pa
            JOIN factory.components AS pc ON pc.company_id = pa.company_id AND pc.id = pa.component_id
            WHERE pc.project_id = %(project_id)s)""",
        "article_id": "p.article_id = %(article_id)s",
        "work_order_id": "p.work_order_id = %(work_order_id)s",
        "lot_id": "p.lot_id = %(lot_id)s",
        "state": "p.state = %(state)s",
        "trolley": "p.trolley = %(trolley)s",
        "profile": "p.profile = %(profile)s",
        "barcode": "p.barcode = %(barcode)s",
        "search": "strpos(lower(concat_ws(' ', p.barcode, p.profile, p.colour)), lower(%(search)s)) > 0",
    },
}
NEWEST: LiteralString = " ORDER BY x.id DESC"


def _where(alias: LiteralString, filters: Filters) -> LiteralString:
    """Only what is asked for: a plan that serves every filter serves none by an index."""
    asked = [FILTERS[alias][name] for name, value in filters.items() if value is not None and name != "deleted"]
    seen: LiteralString = "IS NOT NULL" if filters.get("deleted") else "IS NULL"
    return " AND ".join([f"{alias}.deleted_at {seen}", *asked])


def _part(select: LiteralString, alias: LiteralString, where: LiteralString, limit: int) -> LiteralString:
    """The limit is part of the text: a parameter PostgreSQL takes for a tenth of the table, and joins all of that."""
    return f"{select} WHERE {where} AND {alias}.id < %(before)s ORDER BY {alias}.id DESC LIMIT {limit:d}"


def _counted(select: LiteralString, belongs: LiteralString) -> LiteralString:
    return f"""
        SELECT x.*, progress.pieces, progress.percent_done FROM ({select}) AS x {PROGRESS} {belongs}
            AND p.deleted_at IS NOT DISTINCT FROM x.deleted_at) AS progress"""
