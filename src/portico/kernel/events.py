"""What happens, told to whoever watches: one reader of the outbox per process and app, many watchers.

A watcher has a bounded queue; one that cannot keep up is dropped and comes back with its position. Rights are asked for
each event and each watcher. Sessions are looked up for all watchers at once, twice a second.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog

from portico.kernel import outbox
from portico.kernel.database import Connection, Database
from portico.kernel.draining import draining
from portico.kernel.errors import Unavailable
from portico.kernel.outbox import Event, Position

QUEUE = 1000  # events that a watcher may be behind
KEPT = 1000  # events in memory, for watchers who were away for a moment
POLL = (0.02, 1.0)  # seconds: soon after the bell, and at the latest
MIND = 0.25  # seconds between two looks at sessions and draining
TIMES_TO_CHECK = 2  # looks per check of the sessions
HEARTBEAT = 15.0  # seconds
READERS = 4  # how many of the pool's connections catching up may take at once

log = structlog.get_logger("portico.events")

Refresh = Callable[[Connection, Collection[Hashable]], Awaitable[Mapping[Any, Any]]]
"""From the keys of watchers to their callers as they are now. Who is not in the answer may not watch any longer."""
Sees = Callable[[Any, Event], bool]
"""Whether this caller may see this event."""


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """Who watches: `key` is asked about by `refresh`, such as the id of a session; `caller` is handed to `Sees`."""

    key: Hashable
    caller: Any
    refresh: Refresh


class Subscription:
    """One watcher's view of the events, from a position on."""

    def __init__(self, hub: "Hub", watcher: Watcher, sees: Sees, position: Position) -> None:
        self.watcher = watcher
        self.caller = watcher.caller
        self.position = position
        """Where it begins. With `is_reset`, what came before is not known and has to be loaded anew."""
        self.is_reset = False
        self.is_live = False
        self.ended = asyncio.Event()
        self.why = ""
        self._hub = hub
        self._sees = sees
        self._last = position
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(QUEUE)

    async def events(self) -> AsyncIterator[Event | None]:
        """Each event once and in order; None is a heartbeat. Runs until `ended` is set by somebody."""
        if not self.is_live:
            async for missed in self._missed():
                yield missed
            self.is_live = True
            async for missed in self._missed():  # what was decided between the last look and this moment
                yield missed
        while True:
            event = await self._queue.get()
            if event is None:
                yield None
            elif event.position > self._last:
                self._last = event.position
                if self._sees(self.caller, event):  # asked again: it may have waited here
                    yield event

    def start_anew(self, position: Position) -> None:
        self.position = self._last = position
        self.is_reset = self.is_live = True

    def offer(self, event: Event) -> None:
        if not self.is_live or event.position <= self._last or not self._sees(self.caller, event):
            return
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.end("too slow")

    def beat(self) -> None:
        if self._queue.empty():
            self._queue.put_nowait(None)

    def end(self, why: str) -> None:
        self.why = self.why or why
        self.ended.set()
        self._hub.leave(self)

    async def _missed(self) -> AsyncIterator[Event]:
        found = None
        while found is None or len(found) == outbox.BATCH:
            found = await self._hub.missed(self._last)
            for event in found:
                self._last = event.position
                if self._sees(self.caller, event):
                    yield event


class Hub:
    """The watchers of one app in this process. Its two tasks run as long as there are any."""

    def __init__(self, app: str, database: Database) -> None:
        self._app = app
        self._database = database
        self._subscriptions: set[Subscription] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._joining = asyncio.Lock()
        self._reading = asyncio.Semaphore(READERS)
        self._rung = asyncio.Event()
        self._position = self._floor = Position(0, 0)
        self._kept: deque[Event] = deque(maxlen=KEPT)

    async def join(self, watcher: Watcher, sees: Sees, since: Position | None = None) -> Subscription:
        """A subscription from `since` on, or from now. Raises `Unavailable` while the server drains.

        It ends by `leave`; before that, `ended` is set when the session is over, the server drains or it is too slow.
        """
        if draining.is_set():
            raise Unavailable
        async with self._joining:
            if not self._tasks:
                await self._start()
            subscription = Subscription(self, watcher, sees, since or self._position)
            self._subscriptions.add(subscription)
        try:
            if since is None:
                subscription.is_live = True
            elif not await self._keeps(since):
                subscription.start_anew(self._position)
        except BaseException:
            self.leave(subscription)
            raise
        return subscription

    def leave(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)
        if not self._subscriptions:
            self._database.bell.leave(self._rung.set)
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    async def missed(self, after: Position) -> list[Event]:
        """The next events after a position, from memory or from the database. Waits while that is out of reach."""
        if after >= self._floor and self._tasks:
            return [event for event in self._kept if event.position > after][: outbox.BATCH]
        while True:
            with suppress(psycopg.Error):
                async with self._reading, self._database.connection() as connection:
                    return await outbox.read(connection, self._app, after)
            await asyncio.sleep(POLL[1])

    async def _start(self) -> None:
        async with self._database.connection() as connection:
            self._position = self._floor = await outbox.tip(connection)
        self._kept.clear()
        self._database.bell.follow(self._rung.set)
        self._tasks = [asyncio.create_task(self._keep_up(work)) for work in (self._follow(), self._mind())]

    async def _keep_up(self, work: Awaitable[None]) -> None:
        """Nobody waits for a stream that nothing feeds: where a mistake of ours ends the work, all streams end."""
        try:
            await work
        except Exception:
            log.exception("events are not handed out any more", app=self._app)
            self._end_all("failed")

    def _end_all(self, why: str) -> None:
        for subscription in tuple(self._subscriptions):
            subscription.end(why)

    async def _keeps(self, position: Position) -> bool:
        if self._floor <= position <= self._position:
            return True
        async with self._reading, self._database.connection() as connection:
            return await outbox.is_kept(connection, self._app, position)

    async def _follow(self) -> None:
        """Read what is new and hand it out; look again soon after the bell, then ever more rarely."""
        pause = POLL[0]
        while True:
            try:
                async with self._database.connection() as connection:
                    found = await outbox.read(connection, self._app, self._position)
            except psycopg.Error as error:
                log.warning("the outbox is out of reach", app=self._app, cause=repr(error))
                found, pause = [], POLL[1]
            for event in found:
                self._hand_out(event)
                await asyncio.sleep(0)  # a thousand watchers have each been asked about
            if len(found) == outbox.BATCH:
                continue
            pause = POLL[0] if found else min(pause * 2, POLL[1])
            if await self._is_rung(within=pause):
                pause = POLL[0]

    async def _is_rung(self, *, within: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._rung.wait()
        was_rung = self._rung.is_set()
        self._rung.clear()
        return was_rung

    def _hand_out(self, event: Event) -> None:
        if len(self._kept) == KEPT:
            self._floor = self._kept[0].position
        self._kept.append(event)
        self._position = event.position
        for subscription in tuple(self._subscriptions):
            subscription.offer(event)

    async def _mind(self) -> None:
        """End the subscriptions whose session is over, and all when the server drains; send heartbeats."""
        looks, beaten = 0, time.monotonic()
        while True:
            await asyncio.sleep(MIND)
            looks += 1
            if draining.is_set():
                self._end_all("draining")
            elif looks % TIMES_TO_CHECK == 0:
                with suppress(psycopg.Error):  # nothing is sent either while the database is out of reach
                    await self._check_sessions()
            if time.monotonic() - beaten > HEARTBEAT:
                beaten = time.monotonic()
                for subscription in tuple(self._subscriptions):
                    subscription.beat()

    async def _check_sessions(self) -> None:
        groups: dict[Refresh, list[Subscription]] = defaultdict(list)
        for subscription in self._subscriptions:
            groups[subscription.watcher.refresh].append(subscription)
        for refresh, members in groups.items():
            async with self._database.connection() as connection:
                callers = await refresh(connection, {member.watcher.key for member in members})
            for member in members:
                if member.watcher.key in callers:
                    member.caller = callers[member.watcher.key]
                else:
                    member.end("session over")
