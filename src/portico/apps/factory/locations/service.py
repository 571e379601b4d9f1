"""The rules of locations. Where something lies is not deleted."""

from datetime import datetime
from typing import Any

from portico.apps.factory.codes import CodeTaken
from portico.apps.factory.doing import note
from portico.apps.factory.locations.models import Location
from portico.apps.factory.locations.repository import LocationRepository
from portico.apps.factory.permissions import Access, Action
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.rows import InUse
from portico.kernel.transaction import Transaction


class LocationNotFound(NotFound):
    def __init__(self, location_id: int) -> None:
        super().__init__(f"There is no location {location_id}.")


class LocationService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._locations = LocationRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a location and answer its id. Raises `CodeTaken`, `InvalidInput`."""
        self._access.require(Action.RECEIVE)
        location = Location(**values)
        await self._save(location)
        return location.id

    async def change(self, location_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of its values. Raises `LocationNotFound`, `InvalidInput`, `PreconditionFailed`."""
        self._access.require(Action.RECEIVE)
        location = await self._locked(location_id, match)
        if values:
            location.change(**values)
            await self._save(location)

    async def delete(self, location_id: int, match: IfMatch) -> None:
        """Raises `LocationNotFound`, `InUse` where something lies there, `PreconditionFailed`."""
        self._access.require(Action.DELETE)
        location = await self._locked(location_id, match, key_share=False)
        if await self._locations.holds_stock(location_id):
            raise InUse("location", "stock")
        location.change(deleted_at=self._now)
        await self._note("Deleted", location)

    async def restore(self, location_id: int) -> None:
        """Also one that is not deleted. Raises `LocationNotFound`."""
        self._access.require(Action.DELETE)
        location = await self._locked(location_id, is_deleted=True)
        if location.deleted_at is not None:
            location.change(deleted_at=None)
            await self._note("Restored", location)

    async def _save(self, location: Location) -> None:
        refusal = await self._locations.save(location)
        if refusal is not None and "workstation" in refusal:
            raise InvalidInput(details={"workstation_id": "is no workstation"})
        if refusal is not None:
            raise CodeTaken("location", location.code)

    async def _locked(
        self, location_id: int, match: IfMatch | None = None, *, key_share: bool = True, is_deleted: bool = False
    ) -> Location:
        location = await self._locations.lock(location_id, key_share=key_share)
        if location is None or (location.deleted_at is not None and not is_deleted):
            raise LocationNotFound(location_id)
        if match is not None:
            match.check(location.version)
        return location

    async def _note(self, kind: str, location: Location) -> None:
        await note(self._write, self._access, self._now, kind, details={"location": location.code})
