"""Whether a replica has replayed what its primary has committed.

Log positions are compared and no times: the time of the last replayed transaction says nothing where nobody writes, and
needs clocks that agree. Nothing is written either.
"""

import asyncio
import os
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, LiteralString, Self

import psycopg

from portico.kernel.database import Connection, Database

LOOK_EVERY = 0.5  # seconds; the replica is waited for as long
LOOK_AGAIN = 0.02  # seconds, while it has not replayed enough
GRACE = 0.05  # seconds for an answer that is there and was not read, as this process was busy

POSITION = "SELECT pg_current_wal_flush_lsn()::text, system_identifier, current_database() FROM pg_control_system()"
# The position of another cluster would say nothing, and another database of this one has other rows.
REPLAYED = """
    SELECT pg_is_in_recovery() AND system_identifier = %s AND current_database() = %s,
           pg_last_wal_replay_lsn() >= %s::pg_lsn
    FROM pg_control_system()"""


class Trouble(StrEnum):
    """Why a replica is not used, in words for everybody."""

    UNKNOWN = "not asked yet"
    GONE = "could not connect"
    STRANGE = "not a replica of the database"
    BEHIND = "too far behind"
    UNPROVEN = "could not ask the database"


class NoAnswer(Exception):
    """There was none in time, or an error."""


class Watch:
    """Two connections beside the pools, which may be full while the servers are well."""

    def __init__(self, primary: Database, replica: Database) -> None:
        self._primary = Line(primary)
        self._replica = Line(replica)
        self.why = ""
        """What the driver said, for the log."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._primary.hang_up()
        self._replica.hang_up()

    async def look(self) -> Trouble | None:
        """None: the replica has all that was committed when this was called."""
        began = time.monotonic()
        self.why = ""
        try:
            position, *kin = await self._primary.ask(POSITION, within=LOOK_EVERY)
        except NoAnswer as error:
            self.why = str(error)
            return Trouble.UNPROVEN
        while time.monotonic() < began + LOOK_EVERY:
            try:
                is_ours, has_replayed = await self._replica.ask(REPLAYED, [*kin, position], within=LOOK_EVERY)
            except NoAnswer as error:
                self.why = str(error)
                return Trouble.GONE
            if not is_ours:
                return Trouble.STRANGE
            if has_replayed:
                return None
            await asyncio.sleep(LOOK_AGAIN)
        return Trouble.BEHIND


class Line:
    """A connection on which no answer is waited for longer than was said. It is made anew when it is lost."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None

    async def ask(self, query: LiteralString, params: Sequence[Any] = (), *, within: float) -> Sequence[Any]:
        """The one row. Raises `NoAnswer`."""
        asking = asyncio.create_task(self._ask(query, params))
        try:
            for patience in (within, GRACE):
                await asyncio.wait({asking}, timeout=patience)
        finally:
            is_late = not asking.done()
            if self._connection is None:
                asking.cancel()
            elif is_late:
                cut(self._connection)
            found = (await asyncio.gather(asking, return_exceptions=True))[0]
        if isinstance(found, BaseException):
            self.hang_up()
            raise NoAnswer("no answer in time" if is_late else str(found).partition("\n")[0])
        return found

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.pgconn.finish()
            self._connection = None

    async def _ask(self, query: LiteralString, params: Sequence[Any]) -> Sequence[Any]:
        if self._connection is None:
            self._connection = await self._database.dedicated()
        cursor = await self._connection.execute(query, params)
        row: Sequence[Any] | None = await cursor.fetchone()
        return row or ()


def cut(connection: Connection) -> None:
    """End a connection as the server would: whoever waits for an answer gets an error at once.

    To cancel the statement would be to wait for the server.
    """
    with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
