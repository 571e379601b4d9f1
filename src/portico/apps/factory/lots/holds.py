"""What holds a lot: the blocks that are open on it, and on what it was made of."""

from portico.kernel.database import Connection, Row, fetch_all

HOLDS = """
    SELECT b.id, b.lot_id, l.code AS lot, b.reason, b.recall_id, b.at, b.user_name
    FROM factory.reach(ARRAY[%(lot_id)s::bigint], NULL, false) AS above
    JOIN factory.blocks AS b ON b.lot_id = above.id AND b.lifted_at IS NULL
    JOIN factory.lots AS l ON l.company_id = b.company_id AND l.id = b.lot_id
    ORDER BY b.id"""


async def holds(connection: Connection, lot_id: int) -> list[Row]:
    """The open blocks, the oldest first."""
    return await fetch_all(connection, HOLDS, {"lot_id": lot_id})
