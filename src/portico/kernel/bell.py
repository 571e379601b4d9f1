"""Waking up whoever follows the outbox. It only saves waiting: each follower also looks by itself.

The bell is rung after the commit, and not by the transaction: PostgreSQL lets one transaction that notifies commit at a
time. Many commits within a moment ring once.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Protocol

import psycopg
from psycopg_pool import PoolTimeout

CHANNEL = "portico_outbox"
PAUSE = 0.02  # seconds; commits within it share one NOTIFY
RETRY = 1.0  # seconds between attempts to listen

Wake = Callable[[], None]


class Line(Protocol):
    """What the bell needs of a database."""

    def connection(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]: ...

    async def dedicated(self) -> psycopg.AsyncConnection[Any]: ...


class Bell:
    """The bell of one process on one database. It listens as long as somebody follows."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._followers: set[Wake] = set()
        self._listening: asyncio.Task[None] | None = None
        self._is_due = False
        self._ringing: set[asyncio.Task[None]] = set()

    def ring(self) -> None:
        """Wake the followers in this process now, those in others soon."""
        self._wake()
        if not self._is_due:
            self._is_due = True
            task = asyncio.get_running_loop().create_task(self._ring_others())
            self._ringing.add(task)
            task.add_done_callback(self._ringing.discard)

    def follow(self, wake: Wake) -> None:
        self._followers.add(wake)
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_task(self._listen())

    def leave(self, wake: Wake) -> None:
        self._followers.discard(wake)
        if not self._followers and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    def _wake(self) -> None:
        for wake in tuple(self._followers):
            wake()

    async def _ring_others(self) -> None:
        try:
            await asyncio.sleep(PAUSE)
        finally:
            self._is_due = False  # a commit from here on needs another NOTIFY
        with suppress(psycopg.Error, PoolTimeout, RuntimeError):  # RuntimeError: the database was closed meanwhile
            async with self._line.connection() as connection:
                await connection.execute(f"NOTIFY {CHANNEL}")

    async def _listen(self) -> None:
        while True:
            with suppress(psycopg.Error, OSError):
                async with await self._line.dedicated() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._wake()  # what came while nobody listened
                    async for _ in connection.notifies():
                        self._wake()
            await asyncio.sleep(RETRY)
