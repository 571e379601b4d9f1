"""The write side of runbooks and their runs."""

from sqlalchemy import select

from portico.apps.releases.runbooks.models import Runbook, RunbookRun
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class RunbookRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, runbook_id: int) -> Runbook | None:
        """The runbook, locked against other writers until the end of the transaction."""
        query = select(Runbook).where(Runbook.id == runbook_id).with_for_update(key_share=True)
        found: Runbook | None = await self._write.session.scalar(query)
        return found

    async def lock_run(self, run_id: int) -> RunbookRun | None:
        """The run, locked against other writers until the end of the transaction."""
        query = select(RunbookRun).where(RunbookRun.id == run_id).with_for_update(key_share=True)
        found: RunbookRun | None = await self._write.session.scalar(query)
        return found

    async def add(self, row: Runbook | RunbookRun) -> str | None:
        """The constraint that stands against it, or None."""
        return await rows.save(self._write, row)

    async def remove(self, runbook: Runbook) -> str | None:
        """Where others refer to it, it stays; the answer is the name of their table."""
        return await rows.remove(self._write, runbook)
