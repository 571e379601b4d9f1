"""The write side of workstations."""

from sqlalchemy import select

from portico.apps.factory.workstations.models import Workstation
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class WorkstationRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, workstation_id: int) -> Workstation | None:
        """The workstation, locked against other writers until the end of the transaction."""
        query = select(Workstation).where(Workstation.id == workstation_id).with_for_update(key_share=True)
        found: Workstation | None = await self._write.session.scalar(query)
        return found

    async def save(self, workstation: Workstation) -> bool:
        """Write the workstation; False where another one of the company has its name."""
        return await rows.save(self._write, workstation) is None
