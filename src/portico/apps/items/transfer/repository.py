"""The write side of imports."""

from collections.abc import Sequence
from uuid import UUID

from portico.apps.items.transfer.batches import Flaw
from portico.kernel.database import Row, fetch_all, fetch_one
from portico.kernel.transaction import Transaction

BEGIN = "INSERT INTO items.imports (job_id, user_id, file_id) VALUES (%(job_id)s, %(user_id)s, %(file_id)s)"
COUNT = """
    UPDATE items.imports SET imported = imported + %(imported)s, rejected = rejected + %(rejected)s
    WHERE job_id = %(job_id)s RETURNING rejected - %(rejected)s AS before"""
NOTE = "INSERT INTO items.import_flaws (job_id, line, field, message) VALUES (%s, %s, %s, %s)"
FORGET = """
    DELETE FROM items.imports AS import
    WHERE NOT EXISTS (SELECT FROM portico.jobs AS job WHERE job.id = import.job_id)
    RETURNING user_id, file_id"""


class ImportRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def begin(self, job_id: int, *, user_id: int, file_id: UUID) -> None:
        connection = await self._transaction.connection()
        await connection.execute(BEGIN, {"job_id": job_id, "user_id": user_id, "file_id": file_id})

    async def count(self, job_id: int, *, imported: int, rejected: int) -> int:
        """Add to the counts; answers how many rows had been rejected before."""
        counted = await fetch_one(
            await self._transaction.connection(),
            COUNT,
            {"job_id": job_id, "imported": imported, "rejected": rejected},
        )
        before: int = counted["before"] if counted else 0
        return before

    async def note(self, job_id: int, flaws: Sequence[Flaw]) -> None:
        connection = await self._transaction.connection()
        async with connection.cursor() as cursor:
            await cursor.executemany(NOTE, [(job_id, flaw.line, flaw.field, flaw.message) for flaw in flaws])

    async def forget(self) -> list[Row]:
        """Remove the imports whose jobs are no longer known; answers whose files they were."""
        return await fetch_all(await self._transaction.connection(), FORGET)
