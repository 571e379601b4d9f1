"""The write side of shifts and downtimes."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import or_, select

from portico.apps.factory.downtimes.models import Downtime, Shift
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

Period = TypeVar("Period", Shift, Downtime)

STATION = "SELECT id FROM factory.workstations WHERE id = %(id)s AND deleted_at IS NULL FOR NO KEY UPDATE"


class PeriodRepository:
    """The workstation is locked before its periods are looked at: so no two that overlap come in at once."""

    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock_workstation(self, workstation_id: int) -> bool:
        """False where there is no such workstation."""
        return await fetch_one(await self._write.connection(), STATION, {"id": workstation_id}) is not None

    async def lock_shift(self, shift_id: int) -> Shift | None:
        """The shift, locked until the end of the transaction. Its workstation is locked after it."""
        query = select(Shift).where(Shift.id == shift_id).with_for_update()
        found: Shift | None = await self._write.session.scalar(query)
        return found

    async def lock_downtime(self, downtime_id: int) -> Downtime | None:
        """The downtime, locked until the end of the transaction."""
        query = select(Downtime).where(Downtime.id == downtime_id).with_for_update()
        found: Downtime | None = await self._write.session.scalar(query)
        return found

    async def overlapping(
        self,
        kind: type[Period],
        workstation_id: int,
        starts_at: datetime,
        ends_at: datetime | None,
        *,
        but: int | None = None,
    ) -> Period | None:
        """One of the workstation that shares a moment with this period; without an end both go on for ever."""
        query = select(kind).where(
            kind.workstation_id == workstation_id, or_(kind.ends_at.is_(None), kind.ends_at > starts_at)
        )
        if ends_at is not None:
            query = query.where(kind.starts_at < ends_at)
        if but is not None:
            query = query.where(kind.id != but)
        found: Period | None = await self._write.session.scalar(query.order_by(kind.starts_at).limit(1))
        return found

    async def add(self, period: Shift | Downtime) -> None:
        self._write.session.add(period)
        await self._write.session.flush()

    async def remove(self, period: Shift | Downtime) -> None:
        await self._write.session.delete(period)
        await self._write.session.flush()
