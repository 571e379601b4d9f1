"""The write side of recalls: a record and its units are added together, and never changed."""

from collections.abc import Sequence
from typing import Any

from portico.apps.factory.genealogy.reads import reached
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

# What is known of each unit stands in lines, which are put together at the end: a sort, whatever their number.
ALL = "= ANY(ARRAY(SELECT id FROM reached))"
FREEZE = f"""{reached("down")}, facts (id, depth, code, state, on_hand, location, shipment, customer) AS (
        SELECT id, depth, NULL, NULL, NULL::numeric, NULL, NULL, NULL FROM reached
        UNION ALL
        SELECT id, NULL, code, state, NULL, NULL, NULL, NULL FROM factory.lots WHERE id {ALL}
        UNION ALL
        SELECT s.lot_id, NULL, NULL, NULL, s.on_hand, c.code, NULL, NULL
        FROM factory.stock AS s JOIN factory.locations AS c ON c.id = s.location_id
        WHERE s.lot_id {ALL} AND s.on_hand > 0
        UNION ALL
        SELECT n.lot_id, NULL, NULL, NULL, NULL, NULL, h.code, h.customer
        FROM factory.shipment_lines AS n JOIN factory.shipments AS h ON h.id = n.shipment_id AND h.state = 'shipped'
        WHERE n.lot_id {ALL}
    ), seen AS MATERIALIZED (
        SELECT id AS lot_id, max(depth) AS depth, max(code) AS code, max(state) AS state,
               coalesce(sum(on_hand), 0) AS on_hand,
               coalesce(string_agg(location, ', ' ORDER BY location), '') AS locations,
               coalesce(string_agg(DISTINCT shipment, ', '), '') AS shipments,
               coalesce(string_agg(DISTINCT customer, ', '), '') AS customers
        FROM facts GROUP BY id
    ), record AS (
        INSERT INTO factory.recalls (number, lot_id, supplier_lot, reason, units, blocked, shipped, at, user_id,
            user_name)
        SELECT %(number)s, %(lot_id)s::bigint, %(supplier_lot)s, %(reason)s, count(*),
               count(*) FILTER (WHERE state = %(blocked)s OR state = ANY(%(blockable)s::text[])),
               count(*) FILTER (WHERE shipments <> ''), %(at)s, %(user_id)s, %(user_name)s
        FROM seen
        RETURNING id, units, blocked, shipped
    ), frozen AS (
        INSERT INTO factory.recall_units (recall_id, lot_id, depth, code, state_before, state, on_hand, locations,
            shipments, customers)
        SELECT r.id, s.lot_id, s.depth, s.code, s.state,
               CASE WHEN s.state = ANY(%(blockable)s::text[]) THEN %(blocked)s ELSE s.state END, s.on_hand,
               s.locations, s.shipments, s.customers
        FROM record AS r, seen AS s
    )
    SELECT id, units, blocked, shipped FROM record"""


class RecallRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def freeze(self, roots: Sequence[int], **values: Any) -> dict[str, Any]:
        """Record every unit that these lots reach, as it is and as the block will leave it."""
        params = {**values, "roots": list(roots), "depth": None}
        row = await fetch_one(await self._write.connection(), FREEZE, params)
        assert row is not None  # noqa: S101 - an INSERT of one row answers it
        return row
