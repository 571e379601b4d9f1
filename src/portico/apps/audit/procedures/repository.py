"""The write side of procedures."""

from sqlalchemy import select

from portico.apps.audit.procedures.models import Procedure
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class ProcedureRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, procedure_id: int) -> Procedure | None:
        """The procedure, locked until the end of the transaction. What refers to it waits, too: it may be removed."""
        found: Procedure | None = await self._write.session.scalar(
            select(Procedure).where(Procedure.id == procedure_id).with_for_update()
        )
        return found

    async def save(self, procedure: Procedure) -> str | None:
        """The constraint that stands against it, or None."""
        return await rows.save(self._write, procedure)

    async def remove(self, procedure: Procedure) -> str | None:
        """The table of what rests on it, or None where it is gone."""
        return await rows.remove(self._write, procedure)
