"""The rules of shifts: the planned time of a workstation, which is one thing at a time."""

from datetime import datetime

from portico.apps.factory.downtimes.models import Shift
from portico.apps.factory.downtimes.periods import Overlaps, WorkstationUnknown, check
from portico.apps.factory.downtimes.repository import PeriodRepository
from portico.apps.factory.local_time import moment, zone_of_company
from portico.apps.factory.permissions import Access, Action
from portico.kernel.errors import NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class ShiftNotFound(NotFound):
    def __init__(self, shift_id: int) -> None:
        super().__init__(f"There is no shift {shift_id}.")


class ShiftService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._periods = PeriodRepository(write)

    async def plan(self, *, workstation_id: int, name: str, starts_at: datetime, ends_at: datetime) -> int:
        """Add a shift and answer its id. Raises `Forbidden`, `InvalidInput`, `Overlaps`."""
        self._access.require(Action.CONFIGURE)
        starts_at, ends_at = await self._free(workstation_id, starts_at, ends_at)
        shift = Shift(workstation_id=workstation_id, name=name, starts_at=starts_at, ends_at=ends_at)
        await self._periods.add(shift)
        return shift.id

    async def change(
        self, shift_id: int, match: IfMatch, *, workstation_id: int, name: str, starts_at: datetime, ends_at: datetime
    ) -> None:
        """Replace a shift. Raises what `plan` raises, `ShiftNotFound`, `PreconditionFailed`."""
        shift = await self._locked(shift_id, match)
        starts_at, ends_at = await self._free(workstation_id, starts_at, ends_at, but=shift_id)
        shift.change(workstation_id=workstation_id, name=name, starts_at=starts_at, ends_at=ends_at)

    async def cancel(self, shift_id: int, match: IfMatch) -> None:
        """Remove a shift. Raises `Forbidden`, `ShiftNotFound`, `PreconditionFailed`."""
        await self._periods.remove(await self._locked(shift_id, match))

    async def _locked(self, shift_id: int, match: IfMatch) -> Shift:
        self._access.require(Action.CONFIGURE)
        shift = await self._periods.lock_shift(shift_id)
        if shift is None:
            raise ShiftNotFound(shift_id)
        match.check(shift.version)
        return shift

    async def _free(
        self, workstation_id: int, starts_at: datetime, ends_at: datetime, *, but: int | None = None
    ) -> tuple[datetime, datetime]:
        """The moments of a period in which the workstation, which is locked, has no other shift."""
        zone = await zone_of_company(await self._write.connection())
        starts_at, ends_at = moment(starts_at, zone, "starts_at"), moment(ends_at, zone, "ends_at")
        check(starts_at, ends_at)
        if not await self._periods.lock_workstation(workstation_id):
            raise WorkstationUnknown
        other = await self._periods.overlapping(Shift, workstation_id, starts_at, ends_at, but=but)
        if other is not None:
            raise Overlaps("shift", other)
        return starts_at, ends_at
