"""The rules of shipments. What is in a draft is meant to leave; nothing is booked before it does."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from portico.apps.factory.codes import CodeTaken
from portico.apps.factory.doing import note
from portico.apps.factory.genealogy import order
from portico.apps.factory.lots import ledger
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.projects.piece_service import PieceService
from portico.apps.factory.projects.service import ProjectService
from portico.apps.factory.shipments import reads
from portico.apps.factory.shipments.models import SHIPMENT_MACHINE, Shipment
from portico.apps.factory.shipments.repository import ShipmentRepository
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class ShipmentNotFound(NotFound):
    def __init__(self, shipment_id: int) -> None:
        super().__init__(f"There is no shipment {shipment_id}.")


class LineNotFound(NotFound):
    message = "This lot is not in the shipment."


class NoDraft(Conflict):
    message = "What is in a shipment is settled when it leaves or is cancelled."


class EmptyShipment(Conflict):
    message = "There is nothing in this shipment."


class ShipmentService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._shipments = ShipmentRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a draft and answer its id. Raises `CodeTaken`, `IsDeleted`, `InvalidInput`."""
        self._access.require(Action.PLAN)
        await self._keep_project(values)
        shipment = Shipment(**values)
        await self._save(shipment)
        return shipment.id

    async def change(self, shipment_id: int, match: IfMatch, **values: Any) -> None:
        """Raises `ShipmentNotFound`, `NoDraft`, `PreconditionFailed`, `IsDeleted`, `InvalidInput`."""
        self._access.require(Action.PLAN)
        await self._keep_project(values)
        shipment = await self._draft(shipment_id)
        match.check(shipment.version)
        if values:
            shipment.change(**values)
            await self._save(shipment)

    async def put_line(self, shipment_id: int, lot_id: int, quantity: Decimal) -> None:
        """Add so much of a lot, or say anew how much. Raises `ShipmentNotFound`, `NoDraft`, `InvalidInput`."""
        shipment = await self._draft(shipment_id)
        shipment.change()
        line = await self._shipments.line(shipment_id, lot_id)
        if line is not None:
            line.quantity = quantity
        elif await self._shipments.add_line(shipment_id, lot_id, quantity) is not None:
            raise InvalidInput(details={"lot_id": "is no lot"})

    async def remove_line(self, shipment_id: int, lot_id: int) -> None:
        """Raises `ShipmentNotFound`, `NoDraft`, `LineNotFound`."""
        shipment = await self._draft(shipment_id)
        line = await self._shipments.line(shipment_id, lot_id)
        if line is None:
            raise LineNotFound
        shipment.change()
        await self._shipments.remove_line(line)

    async def ship(self, shipment_id: int) -> None:
        """Book everything out, with the pieces that are in it.

        Raises `ShipmentNotFound`, `IllegalTransition`, `EmptyShipment`, `LotNotUsable`, `NotEnough`.
        """
        self._access.require(Action.PLAN)
        await order.share(self._write)
        shipment = await self._locked(shipment_id)
        shipment.change(
            state=SHIPMENT_MACHINE.advance(shipment, "ship", self._access.may), shipped_at=self._now
        )  # fmt: skip
        lines = await reads.lines(await self._write.connection(), shipment_id)
        if not lines:
            raise EmptyShipment
        lots = [line["lot_id"] for line in lines]
        await ledger.usable(self._write, lots, self._now)
        for line in lines:
            await ledger.take(
                self._write, self._access, self._now, lot_id=line["lot_id"], quantity=line["quantity"], kind="ship",
                shipment_id=shipment_id,
            )  # fmt: skip
        pieces = await reads.pieces_in(await self._write.connection(), lots)
        await PieceService(self._write, self._access, self._now).ship(pieces)
        await self._note(shipment, lots=len(lots), pieces=len(pieces))

    async def cancel(self, shipment_id: int) -> None:
        """Raises `ShipmentNotFound`, `IllegalTransition`."""
        self._access.require(Action.PLAN)
        shipment = await self._locked(shipment_id)
        shipment.change(state=SHIPMENT_MACHINE.advance(shipment, "cancel", self._access.may))
        await self._note(shipment)

    async def _keep_project(self, values: dict[str, Any]) -> None:
        if values.get("project_id") is not None:
            await ProjectService(self._write, self._access).keep_project(values["project_id"])

    async def _save(self, shipment: Shipment) -> None:
        if await self._shipments.save(shipment) is not None:
            raise CodeTaken("shipment", shipment.code)

    async def _draft(self, shipment_id: int) -> Shipment:
        self._access.require(Action.PLAN)
        shipment = await self._locked(shipment_id)
        if shipment.state != "draft":
            raise NoDraft
        return shipment

    async def _locked(self, shipment_id: int) -> Shipment:
        shipment = await self._shipments.lock(shipment_id)
        if shipment is None:
            raise ShipmentNotFound(shipment_id)
        return shipment

    async def _note(self, shipment: Shipment, **details: Any) -> None:
        told = {"shipment": shipment.code, "state": shipment.state, "customer": shipment.customer, **details}
        await note(self._write, self._access, self._now, "Shipping", details=told, project_id=shipment.project_id)
