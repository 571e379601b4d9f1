"""The write side of releases."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from portico.apps.releases.releases.content import CHANGE
from portico.apps.releases.releases.models import Release
from portico.kernel.transaction import Transaction

COPY = f"COPY releases.changes (release_id, position, {', '.join(CHANGE)}) FROM STDIN"


class ReleaseRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, release_id: int) -> Release | None:
        """The release, locked against other writers until the end of the transaction."""
        query = select(Release).where(Release.id == release_id).with_for_update(key_share=True)
        session = self._transaction.session
        found: Release | None = await session.scalar(query, execution_options={"populate_existing": True})
        return found

    async def add(self, **values: Any) -> Release | None:
        """A new release; None where its service has one of this precedence."""
        statement = postgresql.insert(Release).values(**values).on_conflict_do_nothing().returning(Release)
        found: Release | None = await self._transaction.session.scalar(statement)
        return found

    async def set_changes(self, release_id: int, changes: Iterable[Mapping[str, Any]]) -> None:
        """In their order, instead of those that it had."""
        connection = await self._transaction.connection()
        await connection.execute("DELETE FROM releases.changes WHERE release_id = %s", [release_id])
        async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for position, change in enumerate(changes):
                await copy.write_row((release_id, position, *(change[name] for name in CHANGE)))

    async def delete(self, release: Release) -> None:
        await self._transaction.session.delete(release)
