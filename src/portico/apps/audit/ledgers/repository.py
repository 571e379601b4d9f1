"""The write side of ledgers: their rows, and the bulk of their lines by COPY."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg.sql as sql
from sqlalchemy import select

from portico.apps.audit.ledgers.copied import COLUMNS
from portico.apps.audit.ledgers.models import Ledger
from portico.kernel.database import Row, fetch_all, fetch_one
from portico.kernel.transaction import Transaction

BLOCK = 256 * 1024  # bytes
# Of the whole of a large import, not of one question of a reader.
NO_LIMIT = "SET LOCAL statement_timeout = 0"
STORED = """
    SELECT (SELECT count(*) FROM audit.accounts WHERE ledger_id = %(id)s) AS accounts,
           (SELECT count(*) FROM audit.entries WHERE ledger_id = %(id)s) AS entries,
           count(*) AS lines, coalesce(sum(amount), 0) AS balance
    FROM audit.lines WHERE ledger_id = %(id)s"""
IMPORTING = """
    SELECT l.id FROM audit.ledgers AS l JOIN audit.engagements AS e ON e.id = l.engagement_id
    WHERE l.state = 'importing' AND e.state <> 'archived' ORDER BY l.id"""


class LedgerRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def add(self, ledger: Ledger) -> None:
        self._write.session.add(ledger)
        await self._write.session.flush()

    async def lock(self, ledger_id: int) -> Ledger | None:
        query = select(Ledger).where(Ledger.id == ledger_id).with_for_update(key_share=True)
        found: Ledger | None = await self._write.session.scalar(query)
        return found

    async def copy(self, folder: Path, progress: Callable[[int], Awaitable[None]]) -> None:
        """Take in the tables that `copied.Written` has written; `progress` is told each percent."""
        connection = await self._write.connection()
        await connection.execute(NO_LIMIT)
        total, done = sum((folder / table).stat().st_size for table in COLUMNS) or 1, 0
        for table, columns in COLUMNS.items():
            statement = sql.SQL("COPY audit.{} ({}) FROM STDIN").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
            )
            async with connection.cursor() as cursor, cursor.copy(statement) as copy:
                with (folder / table).open("rb") as file:
                    while block := file.read(BLOCK):
                        await copy.write(block)
                        done += len(block)
                        await progress(100 * done // total)

    async def importing(self) -> list[int]:
        """Ledgers that wait for their books, where there may still be some."""
        return [row["id"] for row in await fetch_all(await self._write.connection(), IMPORTING)]

    async def stored(self, ledger_id: int) -> Row:
        """What the tables have of a ledger, counted."""
        found: Any = await fetch_one(await self._write.connection(), STORED, {"id": ledger_id})
        return dict(found)
