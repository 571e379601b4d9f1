"""The rules of lots. The ledger books what they decide."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from portico.apps.factory.doing import note
from portico.apps.factory.genealogy import order
from portico.apps.factory.genealogy.service import link
from portico.apps.factory.lots import ledger
from portico.apps.factory.lots.blocking import Blocking, may_of
from portico.apps.factory.lots.ledger import LotNotFound
from portico.apps.factory.lots.models import LOT_MACHINE, SERVER, USABLE, Lot
from portico.apps.factory.lots.repository import LotRepository
from portico.apps.factory.materials import reads as materials
from portico.apps.factory.permissions import Access, Action
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput
from portico.kernel.etags import IfMatch
from portico.kernel.state_machine import Possibility
from portico.kernel.transaction import Transaction


class LotService:
    """What is booked raises `LotNotFound`, `NotEnough`, and `InvalidInput` for a place that there is not."""

    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._lots = LotRepository(write)

    async def receive_new(
        self, *, code: str, material_id: int, quantity: Decimal, location_id: int, released: bool, **values: Any
    ) -> int:
        """Add a lot that has come, and answer its id. It waits in quarantine unless it is `released`.

        Raises `CodeTaken`.
        """
        self._access.require(Action.RECEIVE)
        await order.share(self._write)
        if not await materials.keep(await self._write.connection(), material_id):
            raise InvalidInput(details={"material_id": "is no material"})
        lot_id = await ledger.make_lot(
            self._write, self._access, self._now, code=code, material_id=material_id, quantity=quantity,
            location_id=location_id, state=USABLE if released else "quarantine", kind="receive", **values,
        )  # fmt: skip
        await self._note("Receipt", lot_id, quantity=quantity, released=released)
        return lot_id

    async def receive(self, lot_id: int, *, quantity: Decimal, location_id: int, reason: str = "") -> None:
        """More of the same delivery."""
        await self._begin([lot_id])
        await self._book(lot_id, location_id, quantity, "receive", reason)
        await self._note("Receipt", lot_id, quantity=quantity)

    async def change(self, lot_id: int, match: IfMatch, **values: Any) -> None:
        """What had expired and gets another last day is looked at again. Raises `LotNotFound`, `PreconditionFailed`."""
        self._access.require(Action.RECEIVE)
        await order.share(self._write)
        lot = await self._locked(lot_id)
        match.check(lot.version)
        if "expires_on" in values and lot.state == "expired":
            values["state"] = LOT_MACHINE.advance(lot, "prolong", lambda _: True)
        if values:
            lot.change(**values)

    async def release(self, lot_id: int, reason: str = "") -> None:
        """Out of quarantine. Raises `LotNotFound`, `IllegalTransition`."""
        await self._advance(lot_id, "release", "LotReleased", reason)

    async def reject(self, lot_id: int, reason: str) -> None:
        """It is not used any more. Raises `LotNotFound`, `IllegalTransition`."""
        await self._advance(lot_id, "reject", "LotRejected", reason)

    async def block(self, lot_id: int, reason: str) -> None:
        """With everything that was made of it: see `Blocking.block`. No row may be locked before."""
        await Blocking(self._write, self._access, self._now).block([lot_id], reason)

    async def unblock(self, lot_id: int, reason: str, block_id: int | None = None) -> None:
        """See `Blocking.unblock`. No row may be locked before."""
        await Blocking(self._write, self._access, self._now).unblock(lot_id, reason, block_id=block_id)

    async def split(self, lot_id: int, *, code: str, quantity: Decimal, location_id: int) -> int:
        """Make a part a lot of its own and answer its id. Raises `LotNotUsable`, `CodeTaken`."""
        lots = await self._begin([lot_id], is_used=True)
        await self._book(lot_id, location_id, -quantity, "split")
        return await self._made_of(lots, {lot_id: quantity}, code=code, location_id=location_id, kind="split")

    async def merge(self, lot_id: int, *, code: str, lot_ids: Sequence[int], location_id: int) -> int:
        """Make one lot of all that is on hand of several, and answer its id.

        It expires when the first of them does. Raises `LotNotUsable`, `CodeTaken`.
        """
        parents = sorted({lot_id, *lot_ids})
        if len(parents) == 1:
            raise InvalidInput(details={"lot_ids": "name another lot"})
        lots = await self._begin(parents, is_used=True)
        if len({(lot["material_id"], lot["article_id"]) for lot in lots.values()}) > 1:
            raise InvalidInput(details={"lot_ids": "these lots are of different materials"})
        parts = {}
        for parent_id in parents:
            parts[parent_id] = await ledger.on_hand(self._write, parent_id)
            if not parts[parent_id]:
                raise ledger.NotEnough(parent_id, Decimal(0), available=0)
            await ledger.take(
                self._write, self._access, self._now, lot_id=parent_id, quantity=parts[parent_id], kind="merge"
            )
        return await self._made_of(lots, parts, code=code, location_id=location_id, kind="merge")

    async def move(self, lot_id: int, *, from_location_id: int, to_location_id: int, quantity: Decimal) -> None:
        if from_location_id == to_location_id:
            raise InvalidInput(details={"to_location_id": "is where it lies already"})
        await self._begin([lot_id])
        # In before out: at no time is nothing left of it.
        await self._book(lot_id, to_location_id, quantity, "move")
        await self._book(lot_id, from_location_id, -quantity, "move")
        await self._note("Movement", lot_id, quantity=quantity, to_location_id=to_location_id)

    async def adjust(self, lot_id: int, *, location_id: int, quantity: Decimal, reason: str) -> None:
        """Book what was counted more, or less, than should be there."""
        await self._begin([lot_id])
        await self._book(lot_id, location_id, quantity, "adjust", reason)
        await self._note("Movement", lot_id, quantity=quantity, reason=reason)

    async def _begin(self, lot_ids: Sequence[int], *, is_used: bool = False) -> dict[int, Row]:
        self._access.require(Action.RECEIVE)
        await order.share(self._write)
        lock = ledger.usable if is_used else ledger.locked
        return await lock(self._write, lot_ids, self._now)

    async def _book(self, lot_id: int, location_id: int, quantity: Decimal, kind: str, reason: str = "") -> None:
        await ledger.move(
            self._write, self._access, self._now, lot_id=lot_id, location_id=location_id, quantity=quantity, kind=kind,
            reason=reason,
        )  # fmt: skip

    async def _made_of(
        self, lots: dict[int, Row], parts: dict[int, Decimal], *, code: str, location_id: int, kind: str
    ) -> int:
        first = next(iter(lots.values()))
        made = await ledger.make_lot(
            self._write, self._access, self._now, code=code, quantity=sum(parts.values(), Decimal(0)),
            location_id=location_id, material_id=first["material_id"], article_id=first["article_id"],
            supplier=_same(lots, "supplier"), supplier_lot=_same(lots, "supplier_lot"),
            expires_on=_first_day(lots), kind=kind,
        )  # fmt: skip
        for parent_id, part in parts.items():
            await link(self._write, parent_id=parent_id, child_id=made, quantity=part, report_id=None)
        await self._note("Movement", made, kind=kind, of=[lots[parent_id]["code"] for parent_id in parts])
        return made

    async def _advance(self, lot_id: int, action: str, kind: str, reason: str) -> None:
        await order.share(self._write)
        lot = await self._locked(lot_id)
        seen = SimpleNamespace(state=lot.state, own_blocks=len(await self._lots.own_blocks(lot_id)))
        lot.change(state=LOT_MACHINE.advance(seen, action, may_of(self._access)), state_before="")
        await self._note(kind, lot_id, reason=reason)

    async def _locked(self, lot_id: int) -> Lot:
        lot = await self._lots.lock(lot_id)
        if lot is None:
            raise LotNotFound(lot_id)
        return lot

    async def _note(self, event: str, about_lot: int, /, **details: Any) -> None:
        told = {name: float(value) if isinstance(value, Decimal) else value for name, value in details.items()}
        await note(self._write, self._access, self._now, event, details=told, lot_id=about_lot)


def possibilities(lot: Row, access: Access) -> list[Possibility]:
    """What the caller may do now with a lot whose `reads.state` this is, and why not the rest."""
    own = {line.action for line in LOT_MACHINE.table if line.permission != SERVER}
    known = LOT_MACHINE.actions_of(SimpleNamespace(**lot), may_of(access))
    return [each for each in known if each.action in own]


def _same(lots: dict[int, Row], name: str) -> str:
    values = {lot[name] for lot in lots.values()}
    return values.pop() if len(values) == 1 else ""


def _first_day(lots: dict[int, Row]) -> date | None:
    return min((lot["expires_on"] for lot in lots.values() if lot["expires_on"]), default=None)
