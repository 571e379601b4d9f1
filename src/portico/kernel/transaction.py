"""One transaction on one connection, for the ORM and for the driver alike.

The driver's connection comes first and SQLAlchemy works on that same one. So a write that needs no ORM pays for none,
and reads see what the session has written.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from portico.kernel.connection_care import is_busy
from portico.kernel.database import LENDER, Change, Connection, Database, Session
from portico.kernel.tenancy import of_tenant
from portico.kernel.tracing import tracing

T = TypeVar("T")

log = structlog.get_logger("portico.error")


class Transaction:
    """Begun by the first statement, ended by `commit` or `close`. Nothing happens twice on two connections."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._is_lent = False
        self._is_held = False
        self.claims: list[Callable[[], Awaitable[None]]] = []
        """What holds only as long as a transaction does, such as a lock: claimed anew after `aside`."""
        self.after_commit: list[Callable[[], None]] = []
        """Called once everything is committed. They may wake somebody up; they may not fail."""
        self._changes: set[Change] = set()

    @property
    def database(self) -> Database:
        return self._database

    @property
    def session(self) -> Session:
        """The ORM's side. It takes the connection at its first statement."""
        if self._session is None:
            self._session = self._database.session()
            LENDER.set(self._lend)
        return self._session

    async def connection(self) -> Connection:
        """The driver's side, after what the session still held back has been written."""
        if self._session is not None and (self._session.new or self._session.dirty or self._session.deleted):
            await self._session.flush()
        if self._connection is None:
            await self._database.introduce()
        return await self._own_connection()

    def changed(self, namespace: str, pattern: str = "*") -> None:
        """Have the cache forget these keys of a namespace once everything is committed."""
        self._changes.add((namespace, of_tenant(pattern)))

    def hold(self) -> None:
        """Keep the connection from here on, whatever is done aside: for a command, whose writes are one piece."""
        self._is_held = True

    async def aside(self, work: Awaitable[T]) -> T:
        """Do long work that needs no database without holding a connection. Nothing may have been written before."""
        if self._is_held:
            return await work
        await self.close()
        result = await work
        for claim in self.claims:
            await claim()
        return result

    async def commit(self) -> None:
        """Write everything, and commit. Raises what the database raises; then nothing was written."""
        if tracing.spans is None:
            await self._commit()
        else:
            with tracing.spans.statement("COMMIT"):
                await self._commit()
        await self._tell()

    async def _tell(self) -> None:
        """What was committed stays so, and the answer says so, whatever goes wrong here."""
        hooks, self.after_commit = self.after_commit, []
        changes, self._changes = self._changes, set()
        try:
            if changes:
                await self._database.forget(changes)
            for hook in hooks:
                hook()
        except Exception:
            log.exception("after the commit")

    async def _commit(self) -> None:
        if self._session is not None:
            await self._session.commit()
        if self._connection is not None and not self._is_lent:
            await self._connection.commit()

    async def close(self) -> None:
        """Roll back what was not committed, and give the connection back."""
        session, self._session = self._session, None
        connection, self._connection = self._connection, None
        was_lent, self._is_lent = self._is_lent, False
        LENDER.set(None)
        self.after_commit = []
        self._changes = set()
        try:
            if session is not None and connection is not None and is_busy(connection):
                await session.invalidate()
            elif session is not None:
                await session.close()  # gives a connection that it was lent back to the pool
        finally:
            if connection is not None and not was_lent:
                await self._database.release(connection, roll_back=True)

    async def _lend(self) -> Connection:
        connection = await self._own_connection()
        self._is_lent = True
        return connection

    async def _own_connection(self) -> Connection:
        if self._connection is None:
            self._connection = await self._database.begin()
        return self._connection
