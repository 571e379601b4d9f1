"""Lots as they are shown."""

from datetime import datetime
from typing import Any, LiteralString

from portico.apps.factory.lots.holds import holds
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

LOT = """
    SELECT l.id, l.code, l.state, l.material_id, m.code AS material, l.article_id, a.code AS article,
           coalesce(m.unit, 'pcs') AS unit, l.work_order_id, l.supplier, l.supplier_lot, l.expires_on, l.created_at,
           l.version,
           coalesce(l.expires_on < (%(now)s::timestamptz AT TIME ZONE c.time_zone)::date, false) AS is_expired,
           coalesce((SELECT sum(s.on_hand) FROM factory.stock AS s
                     WHERE s.company_id = l.company_id AND s.lot_id = l.id), 0) AS on_hand
    FROM factory.lots AS l JOIN factory.companies AS c ON c.id = l.company_id
    LEFT JOIN factory.materials AS m ON m.company_id = l.company_id AND m.id = l.material_id
    LEFT JOIN factory.articles AS a ON a.company_id = l.company_id AND a.id = l.article_id"""
ONE = f"{LOT} WHERE l.id = %(id)s"
CONDITIONS: dict[str, LiteralString] = {
    "code": "l.code = %(code)s",
    "state": "l.state = %(state)s",
    "supplier_lot": "l.supplier_lot = %(supplier_lot)s",
    "material_id": "l.material_id = %(material_id)s",
    "article_id": "l.article_id = %(article_id)s",
    "work_order_id": "l.work_order_id = %(work_order_id)s",
}
PART = f"{LOT} WHERE {{}} AND l.id < %(before)s ORDER BY l.id DESC LIMIT %(limit)s"
COUNT = "SELECT count(*) AS total FROM factory.lots AS l WHERE {}"
STOCK = """
    SELECT s.location_id, p.code AS location, s.on_hand
    FROM factory.stock AS s JOIN factory.locations AS p ON p.company_id = s.company_id AND p.id = s.location_id
    WHERE s.lot_id = %(id)s AND s.on_hand > 0 ORDER BY p.code"""
STATE = """
    SELECT l.id, l.state, (SELECT count(*) FROM factory.blocks AS b
                           WHERE b.company_id = l.company_id AND b.lot_id = l.id AND b.lifted_at IS NULL) AS own_blocks
    FROM factory.lots AS l WHERE l.id = %(id)s"""
BY_CODE = "SELECT id, code FROM factory.lots WHERE code = ANY(%(codes)s::text[])"


async def lot(connection: Connection, lot_id: int, now: datetime) -> Row | None:
    """With where it lies and what holds it."""
    row = await fetch_one(connection, ONE, {"id": lot_id, "now": now})
    if row is None:
        return None
    stock = await fetch_all(connection, STOCK, {"id": lot_id})
    return {**row, "stock": stock, "blocks": await holds(connection, lot_id)}


async def lots(
    connection: Connection, filters: dict[str, Any], *, now: datetime, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the names of `CONDITIONS`; what is None is not asked for.

    A condition that is not asked for is left out of the statement, so that one plan is made for each choice of them.
    """
    where = " AND ".join(("true", *(CONDITIONS[name] for name, value in filters.items() if value is not None)))
    return await newest_first(
        connection, part=PART.format(where), count=COUNT.format(where), params={**filters, "now": now}, limit=limit,
        cursor=cursor,
    )  # fmt: skip


async def state(connection: Connection, lot_id: int) -> Row | None:
    """What the table of transitions looks at."""
    return await fetch_one(connection, STATE, {"id": lot_id})


async def ids_of(connection: Connection, codes: list[str]) -> dict[str, int]:
    """The ids of the lots that have these codes."""
    return {row["code"]: row["id"] for row in await fetch_all(connection, BY_CODE, {"codes": codes})}
