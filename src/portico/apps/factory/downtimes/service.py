"""The rules of downtimes: what has happened, once, at a workstation of the company."""

from datetime import datetime
from typing import Any

from portico.apps.factory.doing import note as log
from portico.apps.factory.downtimes.models import Downtime
from portico.apps.factory.downtimes.periods import Overlaps, WorkstationUnknown, check
from portico.apps.factory.downtimes.repository import PeriodRepository
from portico.apps.factory.local_time import moment, zone_of_company
from portico.apps.factory.permissions import Access
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.transaction import Transaction


class DowntimeNotFound(NotFound):
    def __init__(self, downtime_id: int) -> None:
        super().__init__(f"There is no downtime {downtime_id}.")


class DowntimeClosed(Conflict):
    message = "This downtime has an end already."


class DowntimeService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._periods = PeriodRepository(write)

    async def start(
        self, *, workstation_id: int, starts_at: datetime | None, ends_at: datetime | None, **values: Any
    ) -> int:
        """Record a stop, from now where no start is given, and answer its id.

        Raises `Forbidden`, `InvalidInput`, `Overlaps`.
        """
        self._access.require_at(workstation_id)
        starts_at = self._now if starts_at is None else await self._past(starts_at, "starts_at")
        ends_at = None if ends_at is None else await self._past(ends_at, "ends_at")
        check(starts_at, ends_at)
        if not await self._periods.lock_workstation(workstation_id):
            raise WorkstationUnknown
        other = await self._periods.overlapping(Downtime, workstation_id, starts_at, ends_at)
        if other is not None:
            raise Overlaps("downtime", other)
        downtime = Downtime(
            workstation_id=workstation_id, starts_at=starts_at, ends_at=ends_at, created_at=self._now,
            user_id=self._access.user_id, user_name=self._access.user_name, **values,
        )  # fmt: skip
        await self._periods.add(downtime)
        await self._tell(downtime, "recorded" if ends_at else "started")
        return downtime.id

    async def close(self, downtime_id: int, *, ends_at: datetime | None, **values: Any) -> None:
        """End a stop that lasts, now or at a time that has passed. None among the values leaves what stands.

        An end takes nothing that another stop has: until now it had all the time that comes. Raises
        `DowntimeNotFound`, `Forbidden`, `DowntimeClosed`, `InvalidInput`.
        """
        downtime = await self._locked(downtime_id)
        if downtime.ends_at is not None:
            raise DowntimeClosed
        ends_at = self._now if ends_at is None else await self._past(ends_at, "ends_at")
        check(downtime.starts_at, ends_at)
        downtime.change(ends_at=ends_at, **{name: value for name, value in values.items() if value is not None})
        await self._tell(downtime, "closed")

    async def _locked(self, downtime_id: int) -> Downtime:
        downtime = await self._periods.lock_downtime(downtime_id)
        if downtime is None:
            raise DowntimeNotFound(downtime_id)
        self._access.require_at(downtime.workstation_id)
        return downtime

    async def _past(self, at: datetime, field: str) -> datetime:
        at = moment(at, await zone_of_company(await self._write.connection()), field)
        if at > self._now:
            raise InvalidInput(details={field: "lies in the future"})
        return at

    async def _tell(self, downtime: Downtime, what: str) -> None:
        details = {"what": what, "downtime": downtime.id, "reason": downtime.reason, "planned": downtime.is_planned}
        await log(
            self._write, self._access, self._now, "Downtime", details=details, workstation_id=downtime.workstation_id
        )
