"""The queue of a workstation, in one statement."""

from portico.apps.factory.work_orders.availability import AVAILABLE
from portico.kernel.database import Connection, Row, fetch_all

QUEUE = f"""
    SELECT * FROM (
        SELECT o.id, o.work_order_id, w.code AS work_order, w.state AS order_state, w.due_on, w.quantity, w.project_id,
               p.code AS project, a.code AS article, a.name AS article_name, o.position, o.name, o.workstation_id,
               o.standard_seconds, o.instruction, o.state, o.good, o.scrap, o.rework, {AVAILABLE} AS available,
               r.started_at AS running_since
        FROM factory.operations AS o
        JOIN factory.work_orders AS w ON w.company_id = o.company_id AND w.id = o.work_order_id
        JOIN factory.articles AS a ON a.company_id = w.company_id AND a.id = w.article_id
        LEFT JOIN factory.projects AS p ON p.company_id = w.company_id AND p.id = w.project_id
        LEFT JOIN factory.operation_runs AS r
            ON r.company_id = o.company_id AND r.operation_id = o.id AND r.ended_at IS NULL
        WHERE o.workstation_id = %(workstation_id)s AND o.state IN ('ready', 'running', 'paused')
          AND w.state IN ('released', 'in_progress')) AS q
    WHERE available > 0 OR rework > 0 OR state = 'running'
    ORDER BY due_on NULLS LAST, work_order, position LIMIT {{limit}}"""
LONGEST = 500
LISTED = QUEUE.format(limit=LONGEST)


async def queue(connection: Connection, workstation_id: int) -> list[Row]:
    """What is ready, runs or is paused there and has something to work on or to end, the first due first."""
    return await fetch_all(connection, LISTED, {"workstation_id": workstation_id})
