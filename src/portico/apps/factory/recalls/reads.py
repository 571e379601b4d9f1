"""Recalls: every unit that material of some lots is in, where it is, and who has it.

A unit is a lot: of raw material, a cut piece, a finished window. The walk starts at the roots and takes each unit once.
"""

from collections.abc import Sequence
from typing import Any

from portico.apps.factory.genealogy.reads import reached as reached_from
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first
from portico.kernel.paging import BIGGEST_ID, seal, unseal

BY_SUPPLIER = "SELECT id, code FROM factory.lots WHERE supplier_lot = %(text)s ORDER BY id"
BY_CODE = "SELECT id, code FROM factory.lots WHERE code = %(text)s OR id = %(id)s ORDER BY id"

# Of the common table `part` of ids and depths: what each unit is, what of it is here, and who has what has left.
SHOWN = """
    SELECT p.depth, p.id AS lot_id, l.code, l.state, m.code AS material, a.code AS article,
           coalesce(m.unit, 'pcs') AS unit, here.on_hand, here.locations, gone.shipments, gone.customers
    FROM part AS p JOIN factory.lots AS l ON l.id = p.id
    LEFT JOIN factory.materials AS m ON m.company_id = l.company_id AND m.id = l.material_id
    LEFT JOIN factory.articles AS a ON a.company_id = l.company_id AND a.id = l.article_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(s.on_hand), 0) AS on_hand,
               coalesce(string_agg(c.code, ', ' ORDER BY c.code), '') AS locations
        FROM factory.stock AS s JOIN factory.locations AS c ON c.id = s.location_id
        WHERE s.lot_id = p.id AND s.on_hand > 0) AS here
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(DISTINCT h.code, ', '), '') AS shipments,
               coalesce(string_agg(DISTINCT h.customer, ', '), '') AS customers
        FROM factory.shipment_lines AS n JOIN factory.shipments AS h ON h.id = n.shipment_id
        WHERE n.lot_id = p.id AND h.state = 'shipped') AS gone"""
PAGE = f"""{reached_from("down")}, part AS (
        SELECT id, depth FROM reached WHERE (depth, id) > (%(after_depth)s, %(after_id)s)
        ORDER BY depth, id LIMIT %(limit)s
    ), shown AS ({SHOWN}), sent AS (
        SELECT n.lot_id, h.id, h.code, h.customer, h.shipped_at
        FROM factory.shipment_lines AS n JOIN factory.shipments AS h ON h.id = n.shipment_id AND h.state = 'shipped'
        WHERE n.lot_id = ANY(ARRAY(SELECT id FROM reached))
    )
    SELECT (SELECT count(*) FROM reached) AS total,
           (SELECT coalesce(json_object_agg(state, n), '{{}}') FROM (
               SELECT state, count(*) AS n FROM factory.lots
               WHERE id = ANY(ARRAY(SELECT id FROM reached)) GROUP BY state
           ) AS counted) AS states,
           (SELECT count(DISTINCT lot_id) FROM sent) AS shipped,
           (SELECT coalesce(json_agg(s ORDER BY s.id), '[]') FROM (
               SELECT id, code, customer, shipped_at, count(*) AS units FROM sent GROUP BY 1, 2, 3, 4
           ) AS s) AS shipments,
           (SELECT coalesce(json_agg(s ORDER BY s.depth, s.lot_id), '[]') FROM shown AS s) AS items"""
REACHED = f"{reached_from('down')} SELECT id, depth FROM reached ORDER BY depth, id"
PART = f"""
    WITH part AS (SELECT * FROM unnest(%(ids)s::bigint[], %(depths)s::int[]) AS p (id, depth))
    {SHOWN} ORDER BY p.depth, p.id"""

RECALL = """
    SELECT r.id, r.number, r.lot_id, l.code AS lot, r.supplier_lot, r.reason, r.units, r.blocked, r.shipped, r.at,
           r.user_id, r.user_name
    FROM factory.recalls AS r LEFT JOIN factory.lots AS l ON l.company_id = r.company_id AND l.id = r.lot_id"""
ONE = f"{RECALL} WHERE r.id = %(id)s"
RECALLS = f"{RECALL} WHERE r.id < %(before)s ORDER BY r.id DESC LIMIT %(limit)s"
COUNT = "SELECT count(*) AS total FROM factory.recalls"
UNITS = """
    SELECT lot_id, depth, code, state, state_before, on_hand, locations, shipments, customers
    FROM factory.recall_units WHERE recall_id = %(id)s AND lot_id > %(after)s ORDER BY lot_id LIMIT %(limit)s"""


async def roots_of(connection: Connection, *, lot: str | None, supplier_lot: str | None) -> list[Row]:
    """The lots with this code or id, or those that a supplier calls so. A code that is another lot's id gives both."""
    if supplier_lot is not None:
        return await fetch_all(connection, BY_SUPPLIER, {"text": supplier_lot})
    text = lot or ""
    number = int(text) if text.isascii() and text.isdigit() and int(text) <= BIGGEST_ID else 0
    return await fetch_all(connection, BY_CODE, {"text": text, "id": number})


async def affected(connection: Connection, roots: Sequence[int], *, limit: int, cursor: str | None) -> dict[str, Any]:
    """How many units in which state, which shipments, and a page of the units, in one statement."""
    after = unseal(cursor, int, int) if cursor else (-1, 0)
    params = {
        "roots": list(roots), "depth": None, "limit": limit, "after_depth": after[0], "after_id": after[1]
    }  # fmt: skip
    found = await fetch_one(connection, PAGE, params) or {"items": []}
    last = found["items"][-1] if len(found["items"]) == limit else None
    return {**found, "next_cursor": seal(last["depth"], last["lot_id"]) if last else None}


async def reached(connection: Connection, roots: Sequence[int]) -> list[tuple[int, int]]:
    """The id and the depth of every unit."""
    rows = await fetch_all(connection, REACHED, {"roots": list(roots), "depth": None})
    return [(row["id"], row["depth"]) for row in rows]


async def part(connection: Connection, units: Sequence[tuple[int, int]]) -> list[Row]:
    """Some of them as they are shown."""
    params = {"ids": [unit[0] for unit in units], "depths": [unit[1] for unit in units]}
    return await fetch_all(connection, PART, params)


async def recalls(connection: Connection, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page of the records, the newest first."""
    return await newest_first(connection, part=RECALLS, count=COUNT, params={}, limit=limit, cursor=cursor)


async def recall(connection: Connection, recall_id: int) -> Row | None:
    return await fetch_one(connection, ONE, {"id": recall_id})


async def units(connection: Connection, recall_id: int, *, limit: int, after: int = 0) -> list[Row]:
    """Units of a record as they were frozen, above an id."""
    return await fetch_all(connection, UNITS, {"id": recall_id, "after": after, "limit": limit})
