"""The replica that READ_DATABASE_URL names, for reads that may be a second old.

It is used on a lease. A watch asks the primary how far its log reaches, and then the replica whether it has replayed
all of that. If so it has everything that was committed before the first question, and may be asked until that question
is MOST_BEHIND old. The lease runs out by itself, whatever happens to replica, network or watch.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import psycopg
import structlog

from portico.kernel.database import Connection, Database
from portico.kernel.metrics import count_replica_read
from portico.kernel.replica_watch import LOOK_EVERY, Trouble, Watch, cut
from portico.kernel.settings import Settings

MOST_BEHIND = 1.0  # seconds
POOL_WAIT = 0.25  # seconds for a connection; then the primary is asked
CONNECT_TIMEOUT = 2  # seconds; no request waits for it, only the end of the process

T = TypeVar("T")
log = structlog.get_logger("portico.replica")


class Replica:
    """The replica of one process, if it has one. Open it once for each app; it counts."""

    def __init__(self, primary: Database, database: Database | None) -> None:
        self._primary = primary
        self.database = database
        self.trouble: Trouble | None = Trouble.UNKNOWN
        """Why the watch would not use it; None: it would."""
        self._leased_until = 0.0
        self._users = 0
        self._watching: asyncio.Task[None] | None = None

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() < self._leased_until

    async def open(self) -> None:
        self._users += 1
        if self._users == 1 and self.database is not None:
            await self.database.open()
            self._watching = asyncio.create_task(self._keep_watching(self.database), name="replica")

    async def close(self) -> None:
        self._users -= 1
        if self._users == 0 and self.database is not None and self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
            self._leased_until = 0.0
            await self.database.close()

    async def acquire(self) -> Connection | None:
        """A connection to the replica, which `release` takes back. None: ask the primary."""
        if self.database is None:
            return None
        if self.is_fresh:
            with suppress(psycopg.OperationalError):  # none is free
                connection = await self.database.acquire(wait=POOL_WAIT, read_only=True)
                if self.is_fresh:
                    count_replica_read("replica")
                    return connection
                await self.database.release(connection)
        count_replica_read("primary")
        return None

    async def release(self, connection: Connection) -> None:
        if self.database is not None:
            await self.database.release(connection)

    def is_to_blame(self, error: psycopg.Error) -> bool:
        """Whether the primary may answer what the replica did not, and is to be asked.

        The replica is gone, or it cancelled what stood in the way of its replaying. A statement that took too long
        would take too long again.
        """
        if not isinstance(error, psycopg.OperationalError) or isinstance(error, psycopg.errors.QueryCanceled):
            return False
        if not isinstance(error, psycopg.errors.SerializationFailure):
            self._leased_until = 0.0  # nobody else needs to find out
        count_replica_read("repeated")
        return True

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` reads on the replica, or else on the primary: for streams, which hold no connection."""
        connection = await self.acquire()
        if connection is not None:
            try:
                return await work(connection)
            except psycopg.OperationalError as error:
                if not self.is_to_blame(error):
                    raise
            finally:
                await self.release(connection)
        async with self._primary.connection() as primary:
            return await work(primary)

    async def _keep_watching(self, database: Database) -> None:
        async with Watch(self._primary, database) as watch:
            while True:
                asked_at = time.monotonic()
                trouble = await watch.look()
                if trouble is None and (self.trouble is None or await self._has_connection(database)):
                    self._leased_until = asked_at + MOST_BEHIND
                elif trouble is Trouble.GONE:
                    await self._hang_up(database)
                if trouble is not self.trouble:
                    _tell(trouble, watch.why)
                self.trouble = trouble
                await asyncio.sleep(LOOK_EVERY)

    async def _has_connection(self, database: Database) -> bool:
        """Whether requests would get one at once."""
        with suppress(psycopg.OperationalError):
            await database.release(await database.acquire(wait=LOOK_EVERY))
            return True
        return False

    async def _hang_up(self, database: Database) -> None:
        """Nobody may wait for a server that does not answer, now or on an old connection when it is back."""
        self._leased_until = 0.0
        if self.trouble is not Trouble.GONE:
            for connection in database.taken:
                cut(connection)
            await database.pool.drain()


def replica_database(settings: Settings) -> Database | None:
    """The pool of the server that READ_DATABASE_URL names."""
    if settings.read_database_url is None:
        return None
    return Database(
        settings.read_database_url, pool_size=settings.db_pool_size, max_overflow=settings.db_max_overflow,
        connect_timeout=CONNECT_TIMEOUT,
    )  # fmt: skip


def _tell(trouble: Trouble | None, why: str) -> None:
    if trouble is None:
        log.info("replica is used")
    else:
        log.warning("replica is not used", trouble=trouble, why=why)
