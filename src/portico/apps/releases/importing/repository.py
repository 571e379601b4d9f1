"""The write side of imports."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from portico.apps.releases.importing.models import GitImport
from portico.kernel.database import fetch_all
from portico.kernel.transaction import Transaction

FORGET = """
    DELETE FROM releases.git_imports AS import
    WHERE NOT EXISTS (SELECT FROM portico.jobs AS job WHERE job.id = import.job_id)
    RETURNING job_id"""


class ImportRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def begin(self, **values: Any) -> None:
        await self._transaction.session.execute(insert(GitImport).values(**values))

    async def count_imported(self, job_id: int) -> None:
        statement = update(GitImport).where(GitImport.job_id == job_id).values(imported=GitImport.imported + 1)
        await self._transaction.session.execute(statement)

    async def keep_report(self, job_id: int, report: Any) -> None:
        await self._transaction.session.execute(
            update(GitImport).where(GitImport.job_id == job_id).values(report=report)
        )

    async def forget(self) -> int:
        """Remove the imports whose jobs are no longer known; answers how many."""
        return len(await fetch_all(await self._transaction.connection(), FORGET))
