"""Shipments as they are shown."""

from collections.abc import Sequence
from typing import Any

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

SHIPMENT = """
    SELECT h.id, h.code, h.customer, h.project_id, p.code AS project, h.trolley, h.state, h.shipped_at, h.created_at,
           h.version, (SELECT count(*) FROM factory.shipment_lines AS n
                       WHERE n.company_id = h.company_id AND n.shipment_id = h.id) AS lines_count
    FROM factory.shipments AS h
    LEFT JOIN factory.projects AS p ON p.company_id = h.company_id AND p.id = h.project_id"""
ONE = f"{SHIPMENT} WHERE h.id = %(id)s"
MATCHING = """
    (%(state)s::text IS NULL OR h.state = %(state)s) AND (%(code)s::text IS NULL OR h.code = %(code)s)
    AND (%(project_id)s::bigint IS NULL OR h.project_id = %(project_id)s)"""
PART = f"{SHIPMENT} WHERE {MATCHING} AND h.id < %(before)s ORDER BY h.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM factory.shipments AS h WHERE {MATCHING}"
LINES = """
    SELECT n.lot_id, l.code AS lot, l.state, m.code AS material, a.code AS article, coalesce(m.unit, 'pcs') AS unit,
           n.quantity, coalesce((SELECT sum(s.on_hand) FROM factory.stock AS s
                                 WHERE s.company_id = n.company_id AND s.lot_id = n.lot_id), 0) AS on_hand
    FROM factory.shipment_lines AS n JOIN factory.lots AS l ON l.company_id = n.company_id AND l.id = n.lot_id
    LEFT JOIN factory.materials AS m ON m.company_id = l.company_id AND m.id = l.material_id
    LEFT JOIN factory.articles AS a ON a.company_id = l.company_id AND a.id = l.article_id
    WHERE n.shipment_id = %(id)s ORDER BY n.lot_id"""
# A piece that was built into what leaves, leaves with it.
PIECES = """
    SELECT p.id FROM factory.reach(%(lots)s::bigint[], NULL, false) AS above
    JOIN factory.pieces AS p ON p.lot_id = above.id
    WHERE p.deleted_at IS NULL AND (p.state = 'completed' OR above.depth = 0) ORDER BY p.id"""


async def shipment(connection: Connection, shipment_id: int) -> Row | None:
    row = await fetch_one(connection, ONE, {"id": shipment_id})
    return None if row is None else {**row, "lines": await lines(connection, shipment_id)}


async def shipments(
    connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)


async def lines(connection: Connection, shipment_id: int) -> list[Row]:
    return await fetch_all(connection, LINES, {"id": shipment_id})


async def pieces_in(connection: Connection, lots: Sequence[int]) -> list[int]:
    """The pieces that are these lots, and those that were built into them."""
    return [row["id"] for row in await fetch_all(connection, PIECES, {"lots": list(lots)})]
