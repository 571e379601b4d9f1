"""Blocks: a reason why a lot, and everything that was made of it, may not be used.

A lot is blocked as long as a block is open on itself or on anything that it was made of. What is used up, shipped or
rejected keeps its state; the block is for what was made of it, and for what may come back of it.
"""

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace

from portico.apps.factory.doing import done_by
from portico.apps.factory.genealogy import order
from portico.apps.factory.lots.ledger import LotNotFound
from portico.apps.factory.lots.models import LOT_MACHINE, SERVER
from portico.apps.factory.lots.repository import LotRepository
from portico.apps.factory.permissions import Access, Action
from portico.kernel.errors import Conflict, NotFound
from portico.kernel.state_machine import May
from portico.kernel.transaction import Transaction

BLOCKABLE = ["quarantine", "released"]


class BlockNotFound(NotFound):
    message = "No such block is open on this lot."


class SeveralBlocks(Conflict):
    code = "SEVERAL_BLOCKS"
    message = "Several blocks are open on this lot: say which one is lifted."


class Blocking:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._lots = LotRepository(write)

    async def block(self, roots: Sequence[int], reason: str, *, recall_id: int | None = None) -> int:
        """Open a block on each of these lots, and answer how many lots are blocked now that were not before.

        Raises `LotNotFound`, `Forbidden`. No row may be locked before.
        """
        self._access.require(Action.BLOCK)
        await order.alone(self._write)
        for lot_id in sorted(set(roots)):
            if await self._lots.lock(lot_id) is None:
                raise LotNotFound(lot_id)
            self._lots.add_block(lot_id=lot_id, recall_id=recall_id, reason=reason, **done_by(self._access, self._now))
        details = {"reason": reason, "through": list(roots)[:10], "recall_id": recall_id}
        return await self._lots.block_below(
            roots, state=_after("released", "block"), sources=BLOCKABLE, kind="LotBlocked", details=details,
            **done_by(self._access, self._now),
        )  # fmt: skip

    async def unblock(self, lot_id: int, reason: str, *, block_id: int | None = None) -> int:
        """Lift a block that is open on the lot itself, and answer how many lots are free again.

        They come back to the state that they had, as far as no other block holds them.

        Raises `LotNotFound`, `Forbidden`, `IllegalTransition` where only what it was made of is blocked,
        `BlockNotFound`, and `SeveralBlocks` where none is named.
        """
        self._access.require(Action.BLOCK)
        await order.alone(self._write)
        lot = await self._lots.lock(lot_id)
        if lot is None:
            raise LotNotFound(lot_id)
        blocks = await self._lots.own_blocks(lot_id)
        LOT_MACHINE.advance(SimpleNamespace(state=lot.state, own_blocks=len(blocks)), "unblock", may_of(self._access))
        chosen = [block for block in blocks if block_id in (None, block.id)]
        if not chosen:
            raise BlockNotFound
        if len(chosen) > 1:
            raise SeveralBlocks(details={"blocks": [block.id for block in blocks]})
        (block,) = chosen
        block.lifted_at, block.lifted_by, block.lift_reason = self._now, self._access.user_name, reason
        return await self._lots.unblock_below(
            lot_id, blocked="blocked", released=_after("blocked", "unblock"),
            quarantine=_after("blocked", "unblock_to_quarantine"), kind="LotUnblocked",
            details={"reason": reason, "through": lot_id, "block_id": block.id}, **done_by(self._access, self._now),
        )  # fmt: skip


def may_of(access: Access) -> May:
    """What follows from something else is no permission of anybody's."""
    return lambda permission: permission != SERVER and access.may(permission)


def _after(state: str, action: str) -> str:
    return LOT_MACHINE.advance(SimpleNamespace(state=state, own_blocks=1), action, lambda _: True)
