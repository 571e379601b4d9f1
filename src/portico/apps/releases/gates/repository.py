"""The write side of gates."""

from sqlalchemy import select

from portico.apps.releases.gates.models import Gate
from portico.kernel.transaction import Transaction


class GateRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, release_id: int, name: str) -> Gate | None:
        """The gate, locked against other writers until the end of the transaction."""
        query = select(Gate).where(Gate.release_id == release_id, Gate.name == name).with_for_update(key_share=True)
        found: Gate | None = await self._write.session.scalar(query)
        return found

    async def add(self, gate: Gate) -> None:
        self._write.session.add(gate)
        await self._write.session.flush()
