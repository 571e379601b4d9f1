"""The write side of shipments."""

from decimal import Decimal

from sqlalchemy import select

from portico.apps.factory.shipments.models import Shipment, ShipmentLine
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class ShipmentRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, shipment_id: int) -> Shipment | None:
        """The shipment, locked against other writers until the end of the transaction."""
        query = select(Shipment).where(Shipment.id == shipment_id).with_for_update(key_share=True)
        found: Shipment | None = await self._write.session.scalar(query)
        return found

    async def save(self, shipment: Shipment) -> str | None:
        """The constraint that stands against it, or None."""
        return await rows.save(self._write, shipment)

    async def line(self, shipment_id: int, lot_id: int) -> ShipmentLine | None:
        query = select(ShipmentLine).where(ShipmentLine.shipment_id == shipment_id, ShipmentLine.lot_id == lot_id)
        found: ShipmentLine | None = await self._write.session.scalar(query)
        return found

    async def add_line(self, shipment_id: int, lot_id: int, quantity: Decimal) -> str | None:
        """The constraint that stands against it, or None."""
        line = ShipmentLine(shipment_id=shipment_id, lot_id=lot_id, quantity=quantity)
        return await rows.save(self._write, line)

    async def remove_line(self, line: ShipmentLine) -> None:
        await self._write.session.delete(line)
