"""The write side of locations."""

from sqlalchemy import select

from portico.apps.factory.locations.models import Location
from portico.kernel import rows
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

STOCK = "SELECT FROM factory.stock WHERE location_id = %(id)s AND on_hand > 0 LIMIT 1"


class LocationRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, location_id: int, *, key_share: bool = True) -> Location | None:
        """The location, deleted or not, locked against other writers; without `key_share` also against the ledger."""
        query = select(Location).where(Location.id == location_id).with_for_update(key_share=key_share)
        found: Location | None = await self._write.session.scalar(query)
        return found

    async def save(self, location: Location) -> str | None:
        """The constraint that stands against it, or None."""
        return await rows.save(self._write, location)

    async def holds_stock(self, location_id: int) -> bool:
        return await fetch_one(await self._write.connection(), STOCK, {"id": location_id}) is not None
