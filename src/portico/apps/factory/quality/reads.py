"""Inspections and nonconformances as they are shown."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

NEXT = "ORDER BY {0}.id DESC LIMIT %(limit)s"

INSPECTION = """
    SELECT i.id, i.lot_id, l.code AS lot, i.piece_id, p.barcode AS piece, i.operation_id, o.name AS operation, i.name,
           i.result, i.measurements, i.note, i.at, i.user_id, i.user_name,
           ARRAY(SELECT n.id FROM factory.nonconformances AS n
                 WHERE n.company_id = i.company_id AND n.inspection_id = i.id ORDER BY n.id) AS nonconformance_ids
    FROM factory.inspections AS i
    LEFT JOIN factory.lots AS l ON l.company_id = i.company_id AND l.id = i.lot_id
    LEFT JOIN factory.pieces AS p ON p.company_id = i.company_id AND p.id = i.piece_id
    LEFT JOIN factory.operations AS o ON o.company_id = i.company_id AND o.id = i.operation_id"""
INSPECTED = """
    (%(lot)s::bigint IS NULL OR i.lot_id = %(lot)s) AND (%(piece)s::bigint IS NULL OR i.piece_id = %(piece)s)
    AND (%(operation)s::bigint IS NULL OR i.operation_id = %(operation)s)
    AND (%(result)s::text IS NULL OR i.result = %(result)s)"""
INSPECTIONS = f"{INSPECTION} WHERE {INSPECTED} AND i.id < %(before)s {NEXT.format('i')}"
COUNT_INSPECTIONS = f"SELECT count(*) AS total FROM factory.inspections AS i WHERE {INSPECTED}"

NONCONFORMANCE = """
    SELECT n.id, n.number, n.title, n.description, n.state, n.lot_id, l.code AS lot, l.state AS lot_state, n.piece_id,
           p.barcode AS piece, p.state AS piece_state, r.id AS replacement_id, n.inspection_id, n.disposition,
           n.decision_reason, n.decided_by, n.decided_at, n.at, n.user_id, n.user_name, n.version
    FROM factory.nonconformances AS n
    LEFT JOIN factory.lots AS l ON l.company_id = n.company_id AND l.id = n.lot_id
    LEFT JOIN factory.pieces AS p ON p.company_id = n.company_id AND p.id = n.piece_id
    LEFT JOIN factory.pieces AS r ON r.company_id = n.company_id AND r.replaces_id = n.piece_id"""
MATCHING = """
    (%(state)s::text IS NULL OR n.state = %(state)s) AND (%(lot)s::bigint IS NULL OR n.lot_id = %(lot)s)
    AND (%(piece)s::bigint IS NULL OR n.piece_id = %(piece)s)"""
NONCONFORMANCES = f"{NONCONFORMANCE} WHERE {MATCHING} AND n.id < %(before)s {NEXT.format('n')}"
COUNT_NONCONFORMANCES = f"SELECT count(*) AS total FROM factory.nonconformances AS n WHERE {MATCHING}"

Filters = dict[str, Any]


async def inspection(connection: Connection, inspection_id: int) -> Row | None:
    return await fetch_one(connection, f"{INSPECTION} WHERE i.id = %(id)s", {"id": inspection_id})


async def inspections(connection: Connection, filters: Filters, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `INSPECTED`."""
    return await newest_first(
        connection, part=INSPECTIONS, count=COUNT_INSPECTIONS, params=filters, limit=limit, cursor=cursor
    )


async def nonconformance(connection: Connection, nonconformance_id: int) -> Row | None:
    return await fetch_one(connection, f"{NONCONFORMANCE} WHERE n.id = %(id)s", {"id": nonconformance_id})


async def nonconformances(
    connection: Connection, filters: Filters, *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(
        connection, part=NONCONFORMANCES, count=COUNT_NONCONFORMANCES, params=filters, limit=limit, cursor=cursor
    )
