"""What follows from the state of a nonconformance for its lot and its piece.

The transaction is alone in the order of the genealogy, so nothing is made of the lot meanwhile.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from portico.apps.factory.lots import ledger, reads
from portico.apps.factory.lots.holds import holds
from portico.apps.factory.lots.service import LotService
from portico.apps.factory.permissions import Access
from portico.apps.factory.projects.piece_service import PieceService
from portico.apps.factory.quality.models import Nonconformance
from portico.kernel.errors import Conflict
from portico.kernel.transaction import Transaction


class NotPossible(Conflict):
    code = "DISPOSITION_NOT_POSSIBLE"


class CarryingOut:
    """Raises what the lots and the pieces raise, and `NotPossible`."""

    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._lots = LotService(write, access, now)
        self._pieces = PieceService(write, access, now)

    async def contain(self, nonconformance: Nonconformance) -> None:
        """Block the lot, with what was made of it. Without a lot there is nothing that could be used."""
        lot_id = nonconformance.lot_id
        if lot_id is not None and nonconformance.block_id is None:
            await self._lots.block(lot_id, f"Nonconformance {nonconformance.number}: {nonconformance.title}")
            own = [
                each["id"] for each in await holds(await self._write.connection(), lot_id) if each["lot_id"] == lot_id
            ]
            nonconformance.block_id = max(own)

    async def carry_out(self, nonconformance: Nonconformance) -> None:
        """Do what was decided."""
        how: dict[str | None, Callable[[Nonconformance], Awaitable[None]]] = {
            "use_as_is": self._free,
            "rework": self._rework,
            "scrap": self._scrap,
            "return_to_supplier": self._give_back,
        }
        await how[nonconformance.disposition](nonconformance)

    async def close(self, nonconformance: Nonconformance) -> None:
        """What was reworked may be used again. What is lost stays blocked, with all that was made of it before."""
        if nonconformance.disposition == "rework":
            await self._free(nonconformance)

    async def _rework(self, nonconformance: Nonconformance) -> None:
        """It is blocked until the end: it is not good before."""
        _require_subject(nonconformance)
        if nonconformance.piece_id is not None:
            await self._pieces.rework(nonconformance.piece_id, nonconformance.decision_reason)
        await self.contain(nonconformance)

    async def _scrap(self, nonconformance: Nonconformance) -> None:
        _require_subject(nonconformance)
        if nonconformance.piece_id is not None:
            await self._pieces.scrap(nonconformance.piece_id, nonconformance.decision_reason)
            await self._pieces.replace(nonconformance.piece_id)
        await self._write_off(nonconformance, "scrap")

    async def _give_back(self, nonconformance: Nonconformance) -> None:
        lot_id = nonconformance.lot_id
        lot = None if lot_id is None else await reads.lot(await self._write.connection(), lot_id, self._now)
        if nonconformance.piece_id is not None or lot is None or lot["material_id"] is None:
            raise NotPossible("Only a lot that was bought goes back to its supplier.")
        await self._write_off(nonconformance, "ship")

    async def _write_off(self, nonconformance: Nonconformance, kind: str) -> None:
        """Book out all that is on hand, and let nobody use the rest."""
        lot_id = nonconformance.lot_id
        if lot_id is None:
            return
        lots = await ledger.locked(self._write, [lot_id], self._now)
        on_hand = await ledger.on_hand(self._write, lot_id)
        if not on_hand:
            if nonconformance.piece_id is None:
                raise NotPossible(f"Nothing of the lot is here any more: it is {lots[lot_id]['state']}.")
            return
        await self.contain(nonconformance)
        reason = f"Nonconformance {nonconformance.number}: {nonconformance.decision_reason}"
        await ledger.take(
            self._write, self._access, self._now, lot_id=lot_id, quantity=on_hand, kind=kind, reason=reason
        )
        if (await ledger.locked(self._write, [lot_id], self._now))[lot_id]["state"] == "blocked":
            await self._lots.reject(lot_id, reason)

    async def _free(self, nonconformance: Nonconformance) -> None:
        """Lift its own block, where nobody has done so. Others stay."""
        lot_id, block_id = nonconformance.lot_id, nonconformance.block_id
        if lot_id is None or block_id is None:
            return
        if any(each["id"] == block_id for each in await holds(await self._write.connection(), lot_id)):
            await self._lots.unblock(lot_id, nonconformance.decision_reason, block_id)


def _require_subject(nonconformance: Nonconformance) -> None:
    if nonconformance.lot_id is None and nonconformance.piece_id is None:
        raise NotPossible("It names no lot and no piece.")
