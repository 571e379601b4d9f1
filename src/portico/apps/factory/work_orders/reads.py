"""Work orders and their operations as they are shown."""

from datetime import date
from typing import Any

from portico.apps.factory.work_orders.availability import AVAILABLE, REPLACEMENTS
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

LINE = """
    w.id, w.code, w.state, w.quantity, w.due_on, w.project_id, p.code AS project, w.article_id, a.code AS article,
    w.routing_id, r.code AS routing, r.edition, w.reason, w.released_at, w.started_at, w.completed_at, w.created_at,
    w.version"""
FROM = """
    FROM factory.work_orders AS w
    JOIN factory.articles AS a ON a.company_id = w.company_id AND a.id = w.article_id
    JOIN factory.routings AS r ON r.company_id = w.company_id AND r.id = w.routing_id
    LEFT JOIN factory.projects AS p ON p.company_id = w.company_id AND p.id = w.project_id"""
OPERATION = f"""
    o.id, o.work_order_id, w.code AS work_order, w.state AS order_state, o.position, o.name, o.workstation_id,
    s.name AS workstation, o.standard_seconds, o.instruction, o.state, o.good, o.scrap, o.rework,
    {AVAILABLE} AS available, o.version"""
OF = """
    FROM factory.operations AS o
    JOIN factory.work_orders AS w ON w.company_id = o.company_id AND w.id = o.work_order_id
    JOIN factory.workstations AS s ON s.company_id = o.company_id AND s.id = o.workstation_id"""
ONE = f"SELECT {LINE} {FROM} WHERE w.id = %(id)s"
MATCHING = """
    (%(state)s::text IS NULL OR w.state = %(state)s)
    AND (%(project_id)s::bigint IS NULL OR w.project_id = %(project_id)s)
    AND (%(due_by)s::date IS NULL OR w.due_on <= %(due_by)s)"""
PART = f"SELECT {LINE} {FROM} WHERE {MATCHING} AND w.id < %(before)s ORDER BY w.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM factory.work_orders AS w WHERE {MATCHING}"
OPERATIONS = f"SELECT {OPERATION} {OF} WHERE o.work_order_id = %(id)s ORDER BY o.position"
ONE_OPERATION = f"SELECT {OPERATION} {OF} WHERE o.id = %(id)s"
REPLACED = (
    f"SELECT ({REPLACEMENTS.format(order='w')}) AS replacements FROM factory.work_orders AS w WHERE w.id = %(id)s"
)
RUNS = """
    SELECT id, started_at, ended_at, user_id, extract(epoch FROM coalesce(ended_at, %(now)s) - started_at) AS seconds
    FROM factory.operation_runs WHERE operation_id = %(id)s ORDER BY started_at, id"""
PLANNED_PIECES = """
    SELECT id FROM factory.pieces
    WHERE work_order_id = %(id)s AND state = 'planned' AND deleted_at IS NULL ORDER BY id"""


async def work_order(connection: Connection, order_id: int) -> Row | None:
    """One order with its operations and its `version`."""
    row = await fetch_one(connection, ONE, {"id": order_id})
    if row is not None:
        row["operations"] = await fetch_all(connection, OPERATIONS, {"id": order_id})
    return row


async def work_orders(
    connection: Connection, *, state: str | None, project_id: int | None, due_by: date | None, limit: int,
    cursor: str | None,
) -> dict[str, Any]:  # fmt: skip
    """A page, the newest first."""
    params = {"state": state, "project_id": project_id, "due_by": due_by}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def operation(connection: Connection, operation_id: int) -> Row | None:
    """One operation, with what is available at it."""
    return await fetch_one(connection, ONE_OPERATION, {"id": operation_id})


async def runs(connection: Connection, operation_id: int, now: Any) -> list[Row]:
    """When it ran; a run that goes on is counted up to now."""
    return await fetch_all(connection, RUNS, {"id": operation_id, "now": now})


async def planned_pieces(connection: Connection, order_id: int) -> list[int]:
    """The ids of the order's pieces that nobody has begun."""
    return [row["id"] for row in await fetch_all(connection, PLANNED_PIECES, {"id": order_id})]


async def replacements(connection: Connection, order_id: int) -> int:
    """How many pieces of an order replace scrapped ones."""
    row = await fetch_one(connection, REPLACED, {"id": order_id})
    return row["replacements"] if row else 0
