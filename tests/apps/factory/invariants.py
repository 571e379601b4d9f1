"""What must hold after any sequence of calls: promises 1 to 7, asked of the tables themselves, past every policy.

Each statement answers what breaks a promise in one case, and so nothing. `first` is the case's first lot: a company's
cases come one after the other, so that its lots are those from there on.
"""

from typing import Any

import psycopg
import pytest

LOTS = "SELECT id FROM factory.lots WHERE company_id = %(company)s AND id >= %(first)s"
OPERATIONS = "SELECT id FROM factory.operations WHERE company_id = %(company)s AND work_order_id = %(order)s"
REPORTS = f"""
    SELECT id FROM factory.reports WHERE company_id = %(company)s AND operation_id IN ({OPERATIONS})"""
MINE = "company_id = %(company)s"

BROKEN = {
    "1: the sum of the movements is what is on hand, and that is never below 0": f"""
        SELECT coalesce(m.lot_id, s.lot_id) AS lot, m.total, s.on_hand
        FROM (SELECT lot_id, location_id, sum(quantity) AS total FROM factory.movements
              WHERE {MINE} AND lot_id IN ({LOTS}) GROUP BY lot_id, location_id) AS m
        FULL JOIN (SELECT lot_id, location_id, on_hand FROM factory.stock
                   WHERE {MINE} AND lot_id IN ({LOTS})) AS s USING (lot_id, location_id)
        WHERE m.total IS DISTINCT FROM s.on_hand OR s.on_hand < 0""",
    "1: a reversal is the opposite of what it reverses, once": f"""
        SELECT r.id FROM factory.movements AS r
        LEFT JOIN factory.movements AS m ON m.company_id = r.company_id AND m.id = r.reverses_id
        WHERE r.{MINE} AND r.lot_id IN ({LOTS}) AND r.kind = 'reversal'
          AND (m.quantity, m.lot_id, m.location_id) IS DISTINCT FROM (-r.quantity, r.lot_id, r.location_id)""",
    "2: issued = in product + scrap + returned + lost, and that is what was booked": f"""
        SELECT c.report_id, c.lot_id FROM factory.consumptions AS c
        WHERE c.{MINE} AND c.report_id IN ({REPORTS}) AND (
            c.issued <> c.in_product + c.scrapped + c.returned + c.lost
            OR c.issued - c.returned IS DISTINCT FROM -(
                SELECT sum(m.quantity) FROM factory.movements AS m
                LEFT JOIN factory.movements AS o ON o.company_id = m.company_id AND o.id = m.reverses_id
                WHERE m.company_id = c.company_id AND m.report_id = c.report_id AND m.lot_id = c.lot_id
                  AND coalesce(o.kind, m.kind) IN ('issue', 'return')))""",
    "2: nothing is issued but what a report tells of": f"""
        SELECT m.id FROM factory.movements AS m
        WHERE m.{MINE} AND m.lot_id IN ({LOTS}) AND m.kind IN ('issue', 'return') AND NOT EXISTS (
            SELECT FROM factory.consumptions AS c
            WHERE c.company_id = m.company_id AND c.report_id = m.report_id AND c.lot_id = m.lot_id)""",
    "3: the genealogy has no circle": f"""
        WITH RECURSIVE below AS (
            SELECT parent_id AS root, child_id FROM factory.genealogy WHERE {MINE} AND parent_id IN ({LOTS})
            UNION
            SELECT b.root, g.child_id FROM below AS b
            JOIN factory.genealogy AS g ON g.{MINE} AND g.parent_id = b.child_id)
        SELECT root FROM below WHERE root = child_id""",
    "3: what a report consumed is linked to all that it made": f"""
        SELECT c.report_id, c.lot_id, m.lot_id AS made FROM factory.consumptions AS c
        JOIN factory.movements AS m ON m.company_id = c.company_id AND m.report_id = c.report_id AND m.kind = 'produce'
        WHERE c.{MINE} AND c.report_id IN ({REPORTS}) AND c.in_product > 0 AND NOT EXISTS (
            SELECT FROM factory.genealogy AS g
            WHERE g.company_id = c.company_id AND g.parent_id = c.lot_id AND g.child_id = m.lot_id)""",
    "3: a block holds the lot and everything that was made of it": f"""
        WITH RECURSIVE held AS (
            SELECT lot_id AS id FROM factory.blocks WHERE {MINE} AND lot_id IN ({LOTS}) AND lifted_at IS NULL
            UNION
            SELECT g.child_id FROM held AS h JOIN factory.genealogy AS g ON g.{MINE} AND g.parent_id = h.id)
        SELECT l.id, l.state FROM factory.lots AS l JOIN held USING (id)
        WHERE l.{MINE} AND l.state NOT IN ('blocked', 'rejected', 'consumed', 'shipped', 'expired')""",
    "3: nothing was used after its block, or after that of what it was made of": f"""
        WITH RECURSIVE held AS (
            SELECT lot_id AS id, at, coalesce(lifted_at, 'infinity') AS until FROM factory.blocks
            WHERE {MINE} AND lot_id IN ({LOTS})
            UNION
            SELECT g.child_id, h.at, h.until FROM held AS h
            JOIN factory.genealogy AS g ON g.{MINE} AND g.parent_id = h.id)
        SELECT m.id FROM factory.movements AS m JOIN held AS h ON h.id = m.lot_id
        WHERE m.{MINE} AND m.kind IN ('issue', 'ship', 'split', 'merge') AND m.quantity < 0
          AND m.at > h.at AND m.at < h.until""",
    "3: what is rejected, in quarantine or blocked has nothing to be shipped or used up by": f"""
        SELECT l.id FROM factory.lots AS l
        WHERE l.{MINE} AND l.id IN ({LOTS}) AND l.state IN ('consumed', 'shipped') AND EXISTS (
            SELECT FROM factory.stock AS s WHERE s.company_id = l.company_id AND s.lot_id = l.id AND s.on_hand > 0)""",
    "4: the operations are the steps that were released": """
        SELECT s.position FROM factory.routing_steps AS s
        FULL JOIN (SELECT * FROM factory.operations WHERE company_id = %(company)s AND work_order_id = %(order)s) AS o
            USING (company_id, position)
        WHERE company_id = %(company)s AND s.routing_id = %(routing)s AND %(is_released)s
          AND (o.name, o.workstation_id, o.standard_seconds, o.instruction)
              IS DISTINCT FROM (s.name, s.workstation_id, s.standard_seconds, s.instruction)""",
    "4: the counts of an operation are the sums of its reports": f"""
        SELECT o.id FROM factory.operations AS o
        LEFT JOIN factory.reports AS r ON r.company_id = o.company_id AND r.operation_id = o.id
        WHERE o.{MINE} AND o.id IN ({OPERATIONS}) GROUP BY o.id, o.good, o.scrap, o.rework
        HAVING (coalesce(sum(r.good), 0), coalesce(sum(r.scrap), 0), coalesce(sum(r.rework - r.reworked), 0))
            IS DISTINCT FROM (o.good::bigint, o.scrap::bigint, o.rework::bigint)""",
    "4: scrap has reasons": f"""
        SELECT r.id FROM factory.reports AS r
        WHERE r.{MINE} AND r.id IN ({REPORTS}) AND r.scrap <> coalesce((
            SELECT sum(s.quantity) FROM factory.report_scrap AS s
            WHERE s.company_id = r.company_id AND s.report_id = r.id), 0)""",
    "4: no more is reported than was available, save with a reason": f"""
        SELECT id FROM (
            SELECT o.id, o.good + o.scrap + o.rework AS reported,
                   coalesce(lag(CASE WHEN o.state <> 'skipped' THEN o.good END) OVER (ORDER BY o.position),
                            w.quantity + (SELECT count(*) FROM factory.pieces AS x
                                          WHERE x.company_id = w.company_id AND x.work_order_id = w.id
                                            AND x.replaces_id IS NOT NULL)) AS came,
                   EXISTS (SELECT FROM factory.reports AS r WHERE r.company_id = o.company_id
                           AND r.operation_id = o.id AND r.over_reason <> '') AS is_over
            FROM factory.operations AS o
            JOIN factory.work_orders AS w ON w.company_id = o.company_id AND w.id = o.work_order_id
            WHERE o.{MINE} AND o.id IN ({OPERATIONS})) AS o
        WHERE reported > came AND NOT is_over""",
    "4: what has ended or is held does not run": f"""
        SELECT r.id FROM factory.operation_runs AS r
        JOIN factory.operations AS o ON o.company_id = r.company_id AND o.id = r.operation_id
        JOIN factory.work_orders AS w ON w.company_id = o.company_id AND w.id = o.work_order_id
        WHERE r.{MINE} AND o.id IN ({OPERATIONS})
          AND (r.ended_at IS NULL) IS DISTINCT FROM (o.state = 'running' AND w.state = 'in_progress')
          AND r.ended_at IS NULL""",
    "6: a piece that was made is the lot with its code": f"""
        SELECT p.id FROM factory.pieces AS p JOIN factory.lots AS l ON l.company_id = p.company_id AND l.id = p.lot_id
        WHERE p.{MINE} AND p.work_order_id = %(order)s AND l.code <> p.barcode""",
    "7: nothing live is in anything deleted": f"""
        SELECT 'component' AS kind, c.id FROM factory.components AS c
        JOIN factory.projects AS p ON p.company_id = c.company_id AND p.id = c.project_id
        WHERE c.{MINE} AND p.id = %(project)s AND c.deleted_at IS NULL AND p.deleted_at IS NOT NULL
        UNION ALL
        SELECT 'assembly', a.id FROM factory.assemblies AS a
        JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id
        WHERE a.{MINE} AND c.project_id = %(project)s AND a.deleted_at IS NULL AND c.deleted_at IS NOT NULL
        UNION ALL
        SELECT 'piece', p.id FROM factory.pieces AS p
        JOIN factory.assemblies AS a ON a.company_id = p.company_id AND a.id = p.assembly_id
        JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id
        WHERE p.{MINE} AND c.project_id = %(project)s AND p.deleted_at IS NULL AND a.deleted_at IS NOT NULL""",
    "7: a replacement is of a scrapped piece, which has no other": f"""
        SELECT p.id FROM factory.pieces AS p
        JOIN factory.pieces AS o ON o.company_id = p.company_id AND o.id = p.replaces_id
        WHERE p.{MINE} AND p.work_order_id = %(order)s AND o.state <> 'scrapped'""",
}


ALL = " UNION ALL ".join(f"SELECT '{name}' AS promise WHERE EXISTS ({sql})" for name, sql in BROKEN.items())


async def check(connection: psycopg.AsyncConnection[Any], params: dict[str, Any]) -> None:
    """Fail with the promise that does not hold, and with the rows that show it."""
    for row in await (await connection.execute(ALL, params, prepare=True)).fetchall():  # type: ignore[arg-type]
        found = await (await connection.execute(BROKEN[row["promise"]], params)).fetchall()  # type: ignore[arg-type]
        pytest.fail(f"promise {row['promise']}: {found[:5]}")
