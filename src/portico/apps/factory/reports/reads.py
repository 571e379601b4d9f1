"""Reports as they are shown: only what never changes, so that one that comes again gets the same answer."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

LINE = """
    t.id, t.operation_id, o.name AS operation, o.work_order_id, w.code AS work_order, t.workstation_id, t.good, t.scrap,
    t.rework, t.reworked, t.over_reason, t.reverses_id, t.reason, t.at, t.user_id, t.user_name"""
FROM = """
    FROM factory.reports AS t
    JOIN factory.operations AS o ON o.company_id = t.company_id AND o.id = t.operation_id
    JOIN factory.work_orders AS w ON w.company_id = o.company_id AND w.id = o.work_order_id"""
PARTS = """
    coalesce((
        SELECT json_agg(json_build_object('reason', r.code, 'quantity', s.quantity) ORDER BY r.code)
        FROM factory.report_scrap AS s
        JOIN factory.scrap_reasons AS r ON r.company_id = s.company_id AND r.id = s.reason_id
        WHERE s.company_id = t.company_id AND s.report_id = t.id), '[]') AS scrapped,
    coalesce((
        SELECT json_agg(json_build_object(
            'lot_id', l.id, 'lot', l.code, 'issued', c.issued, 'in_product', c.in_product, 'scrapped', c.scrapped,
            'returned', c.returned, 'lost', c.lost) ORDER BY l.id)
        FROM factory.consumptions AS c JOIN factory.lots AS l ON l.company_id = c.company_id AND l.id = c.lot_id
        WHERE c.company_id = t.company_id AND c.report_id = t.id), '[]') AS consumed,
    coalesce((
        SELECT json_agg(json_build_object('lot_id', l.id, 'lot', l.code, 'quantity', m.quantity) ORDER BY m.id)
        FROM factory.movements AS m JOIN factory.lots AS l ON l.company_id = m.company_id AND l.id = m.lot_id
        WHERE m.company_id = t.company_id AND m.report_id = t.id
          AND (m.kind = 'produce' OR (SELECT kind FROM factory.movements WHERE id = m.reverses_id) = 'produce')),
        '[]') AS produced"""
ONE = f"SELECT {LINE}, {PARTS} {FROM} WHERE t.id = %(id)s"
MATCHING = """
    (%(operation_id)s::bigint IS NULL OR t.operation_id = %(operation_id)s)
    AND (%(work_order_id)s::bigint IS NULL OR t.operation_id IN (
        SELECT id FROM factory.operations WHERE work_order_id = %(work_order_id)s))
    AND (%(workstation_id)s::bigint IS NULL OR t.workstation_id = %(workstation_id)s)"""
PART = f"SELECT {LINE} {FROM} WHERE {MATCHING} AND t.id < %(before)s ORDER BY t.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM factory.reports AS t WHERE {MATCHING}"


async def report(connection: Connection, report_id: int) -> Row | None:
    return await fetch_one(connection, ONE, {"id": report_id})


async def reports(connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)
