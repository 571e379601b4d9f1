"""The write side of inspections and nonconformances."""

from sqlalchemy import select

from portico.apps.factory.quality.models import Inspection, Nonconformance
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class QualityRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def add(self, row: Inspection | Nonconformance) -> str | None:
        """The constraint that stands against it, or None."""
        return await rows.save(self._write, row)

    async def lock(self, nonconformance_id: int) -> Nonconformance | None:
        """The nonconformance, locked until the end of the transaction."""
        query = select(Nonconformance).where(Nonconformance.id == nonconformance_id).with_for_update(key_share=True)
        found: Nonconformance | None = await self._write.session.scalar(query)
        return found
