"""The stock, now or as it was, and the lines of the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first
from portico.kernel.paging import seal, unseal

WANTED: dict[str, LiteralString] = {
    "lot_id": "s.lot_id = %(lot_id)s",
    "location_id": "s.location_id = %(location_id)s",
    "material_id": "l.material_id = %(material_id)s",
    "article_id": "l.article_id = %(article_id)s",
}
SHOWN = """
    SELECT s.lot_id, l.code AS lot, l.state, l.material_id, m.code AS material, l.article_id, a.code AS article,
           coalesce(m.unit, 'pcs') AS unit, s.location_id, p.code AS location, s.on_hand"""
NAMES = """
    JOIN factory.lots AS l ON l.company_id = s.company_id AND l.id = s.lot_id
    JOIN factory.locations AS p ON p.company_id = s.company_id AND p.id = s.location_id
    LEFT JOIN factory.materials AS m ON m.company_id = l.company_id AND m.id = l.material_id
    LEFT JOIN factory.articles AS a ON a.company_id = l.company_id AND a.id = l.article_id"""
NOW = f"""
    {SHOWN} FROM factory.stock AS s {NAMES}
    WHERE s.on_hand > 0 AND {{}} AND (s.lot_id, s.location_id) > (%(after_lot)s, %(after_location)s)
    ORDER BY s.lot_id, s.location_id LIMIT %(limit)s"""
THEN = f"""
    {SHOWN}
    FROM (SELECT company_id, lot_id, location_id, sum(quantity) AS on_hand FROM factory.movements
          WHERE at <= %(at)s
          GROUP BY company_id, lot_id, location_id) AS s {NAMES}
    WHERE s.on_hand > 0 AND {{}} AND (s.lot_id, s.location_id) > (%(after_lot)s, %(after_location)s)
    ORDER BY s.lot_id, s.location_id LIMIT %(limit)s"""

MOVEMENT = """
    SELECT v.id, v.at, v.kind, v.lot_id, l.code AS lot, v.location_id, p.code AS location, v.quantity, v.reason,
           v.reverses_id, r.id AS reversed_by_id, v.operation_id, v.report_id, v.shipment_id, v.user_id, v.user_name
    FROM factory.movements AS v JOIN factory.lots AS l ON l.company_id = v.company_id AND l.id = v.lot_id
    JOIN factory.locations AS p ON p.company_id = v.company_id AND p.id = v.location_id
    LEFT JOIN factory.movements AS r ON r.company_id = v.company_id AND r.reverses_id = v.id"""
MATCHING: dict[str, LiteralString] = {
    name: f"v.{name} = %({name})s" for name in ("lot_id", "location_id", "kind", "operation_id", "report_id")
}
PART = f"{MOVEMENT} WHERE {{}} AND v.id < %(before)s ORDER BY v.id DESC LIMIT %(limit)s"
COUNT = "SELECT count(*) AS total FROM factory.movements AS v WHERE {}"
ONE = f"{MOVEMENT} WHERE v.id = %(id)s"


async def stock(
    connection: Connection, filters: dict[str, Any], *, at: datetime | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of what lies where, by lot and place; with `at` as the ledger had it then.

    `filters` are the names of `WANTED`.
    """
    lot_id, location_id = unseal(cursor, int, int) if cursor else (0, 0)
    params = {**filters, "after_lot": lot_id, "after_location": location_id, "limit": limit, "at": at}
    sql = (NOW if at is None else THEN).format(_all_of(WANTED, filters))
    rows = await fetch_all(connection, sql, params)
    last = rows[-1] if len(rows) == limit else None
    return {"items": rows, "next_cursor": seal(last["lot_id"], last["location_id"]) if last else None}


async def movements(
    connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the names of `MATCHING`."""
    where = _all_of(MATCHING, filters)
    return await newest_first(
        connection, part=PART.format(where), count=COUNT.format(where), params=filters, limit=limit, cursor=cursor
    )


async def movement(connection: Connection, movement_id: int) -> Row | None:
    return await fetch_one(connection, ONE, {"id": movement_id})


def _all_of(conditions: Mapping[str, LiteralString], filters: Mapping[str, Any]) -> LiteralString:
    """Those that are asked for. The rest is left out, so that one plan is made for each choice of them."""
    return " AND ".join(("true", *(conditions[name] for name, value in filters.items() if value is not None)))
