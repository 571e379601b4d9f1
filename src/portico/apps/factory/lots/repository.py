"""The write side of lots, beside the ledger."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import select

from portico.apps.factory.lots.models import Block, Lot
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

LOG = """
    INSERT INTO factory.events (kind, lot_id, at, user_id, user_name, details)
    SELECT %(kind)s, id, %(at)s, %(user_id)s, %(user_name)s, %(details)s FROM changed"""
BLOCK = f"""
    WITH changed AS (
        UPDATE factory.lots SET state_before = state, state = %(state)s, version = version + 1
        WHERE id = ANY(ARRAY(SELECT id FROM factory.reach(%(roots)s::bigint[], NULL, true)))
          AND state = ANY(%(sources)s::text[])
        RETURNING id
    ), logged AS ({LOG})
    SELECT count(*) AS lots FROM changed"""
# What another block holds, on itself or on something above, is held on.
UNBLOCK = f"""
    WITH free AS (
        SELECT id FROM factory.reach(%(roots)s::bigint[], NULL, true)
        EXCEPT
        SELECT id FROM factory.reach(
            ARRAY(SELECT lot_id FROM factory.blocks WHERE lifted_at IS NULL), NULL, true)
    ), changed AS (
        UPDATE factory.lots SET version = version + 1, state_before = '',
            state = CASE state_before WHEN %(quarantine)s THEN %(quarantine)s ELSE %(released)s END
        WHERE id = ANY(ARRAY(SELECT id FROM free)) AND state = %(blocked)s
        RETURNING id
    ), logged AS ({LOG})
    SELECT count(*) AS lots FROM changed"""


class LotRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, lot_id: int) -> Lot | None:
        """The lot, locked against other writers until the end of the transaction."""
        query = select(Lot).where(Lot.id == lot_id).with_for_update(key_share=True)
        found: Lot | None = await self._write.session.scalar(query.execution_options(populate_existing=True))
        return found

    async def own_blocks(self, lot_id: int) -> Sequence[Block]:
        """The blocks that are open on the lot itself."""
        query = select(Block).where(Block.lot_id == lot_id, Block.lifted_at.is_(None)).order_by(Block.id)
        return (await self._write.session.scalars(query)).all()

    def add_block(self, **values: Any) -> None:
        self._write.session.add(Block(**values))

    async def block_below(self, roots: Sequence[int], **params: Any) -> int:
        """Block these lots and all that was made of them, with a line in the log for each; answer how many."""
        return await self._changed(BLOCK, roots, params)

    async def unblock_below(self, root: int, **params: Any) -> int:
        """Free this lot and all that was made of it, as far as nothing else holds it; answer how many."""
        return await self._changed(UNBLOCK, [root], params)

    async def _changed(self, sql: Any, roots: Sequence[int], params: dict[str, Any]) -> int:
        values = {**params, "roots": list(roots), "details": Jsonb(params["details"])}
        row = await fetch_one(await self._write.connection(), sql, values)
        return row["lots"] if row else 0
