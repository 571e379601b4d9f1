"""Redis, which may hang or die at any time without a request noticing much.

Imported only where REDIS_URL is set. Every call is given up after LIMIT and answers None, and one that fails opens the
breaker: from then on calls answer None at once, until a task in the background has found Redis well again. So a request
waits once at most, and none pays for finding out.

What many requests ask at the same time goes over one connection in one piece: to take turns at a pool would cost more
than Redis does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hashlib import sha1
from typing import Any

import structlog
from redis.asyncio import Redis as Client
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from portico.kernel.redis_stage import Stage
from portico.kernel.tracing import span

LIMIT = 0.1  # seconds for a call in all: the connection, its turn and the answer
TICKS = 5  # of the loop: what an answer that is there takes from the socket to who waits for it
PATIENCE = 1.0  # seconds; for calls that no request waits for
PROBE_EVERY = 0.25  # seconds
SETTLING = PATIENCE + 2 * PROBE_EVERY  # seconds; longer than any process takes to find out that Redis is back

Word = str | bytes | int
Call = tuple[tuple[Word, ...], "asyncio.Future[Any]"]

log = structlog.get_logger("portico.redis")


class Redis:
    """The connection of one process, and the breaker before it. Open it once for each app; it counts."""

    def __init__(self, url: str, *, prefix: str) -> None:
        self.prefix = prefix
        self.before_use: list[Callable[[], Awaitable[bool]]] = []
        """What has to succeed before Redis is used, also after an outage; they make their calls at once, in `OUT`."""
        self._client = Client.from_url(
            url,
            # Calls have a limit of their own, beyond which the connection may be good.
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )
        self._digests: dict[str, str] = {}
        self._users = 0
        self._stage = Stage.OUT
        self._waiting: list[Call] = []
        self._sending: asyncio.Task[None] | None = None
        self._recovering: asyncio.Task[None] | None = None

    @property
    def is_trusted(self) -> bool:
        """Whether calls are made that need Redis in use, as most do."""
        return self._stage is Stage.IN_USE

    async def open(self) -> None:
        """The first request is not to pay for the connection, nor anybody for a Redis that is not there yet."""
        self._users += 1
        if self._users == 1:
            self._recovering = asyncio.create_task(self._recover(settling=0))
            await asyncio.wait({self._recovering}, timeout=PATIENCE)

    async def close(self) -> None:
        self._users -= 1
        if self._users > 0:
            return
        for task in (self._recovering, self._sending):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._recovering = self._sending = None
        self._stage = Stage.OUT
        with suppress(RedisError, OSError):
            await self._client.aclose()

    async def ping(self) -> bool:
        return await self._ask("PING") is not None

    async def get_many(self, *keys: str) -> list[bytes | None] | None:
        found: list[bytes | None] | None = await self._ask("MGET", *keys)
        return found

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        await self._ask("SET", key, value, "PX", max(1, round(seconds * 1000)))

    async def run(self, script: str, keys: Sequence[str], *args: str | int, since: Stage = Stage.IN_USE) -> Any:
        """What a Lua script answers, which must not be nil; None where Redis is out of reach.

        Redis runs it as one step: nothing of anybody else's happens in its middle.
        """
        digest = self._digests.get(script)
        if digest is None:
            digest = self._digests[script] = sha1(script.encode(), usedforsecurity=False).hexdigest()
        answer = await self._ask("EVALSHA", digest, len(keys), *keys, *args, since=since)
        if isinstance(answer, NoScriptError):  # Redis has not seen it since it was started
            answer = await self._ask("EVAL", script, len(keys), *keys, *args, since=since)
        return answer

    def distrust(self) -> None:
        """Make no calls until Redis has been found well and everything in `before_use` is done."""
        self._stage = Stage.OUT
        if self._recovering is not None:
            return
        log.warning("redis is out of reach")
        self._recovering = asyncio.create_task(self._recover(SETTLING))

    async def _ask(self, *words: Word, since: Stage = Stage.IN_USE) -> Any:
        if self._stage < since:
            return None
        is_probe = since is Stage.OUT
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((words, answer))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())
        with span(f"redis {words[0]!s}", is_call=True, **{"db.system.name": "redis"}):
            await asyncio.wait({answer}, timeout=PATIENCE if is_probe else LIMIT)
            for _ in range(TICKS):  # where this process was late, the answer may have been there for long
                if answer.done():
                    break
                await asyncio.sleep(0)
        found = answer.result() if answer.done() else TimeoutError()
        if isinstance(found, NoScriptError) or not isinstance(found, Exception):
            return found
        if is_probe:
            self._hang_up()
        else:
            self.distrust()  # and not hang up: where Redis is only late, it is used again as soon as it answers
        return None

    async def _send(self) -> None:
        """Send what is waiting, and meanwhile let the next calls gather."""
        calls: list[Call] = []
        try:
            while self._waiting:
                calls, self._waiting = self._waiting, []
                for (_, answer), found in zip(calls, await self._answers(calls), strict=True):
                    if not answer.done():
                        answer.set_result(found)
            self._sending = None
        except asyncio.CancelledError:
            _fail(calls)
            raise

    async def _answers(self, calls: Sequence[Call]) -> Sequence[Any]:
        """An answer for each call, or the error it had."""
        pipeline = self._client.pipeline(transaction=False)
        for words, _ in calls:
            pipeline.execute_command(*words)
        try:
            return await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError) as error:
            return [error] * len(calls)

    def _hang_up(self) -> None:
        """Drop the connection and everybody who waits at it."""
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        calls, self._waiting = self._waiting, []
        _fail(calls)

    async def _recover(self, settling: float) -> None:
        while not (await self._is_well() and await self._settles(settling)):
            settling = SETTLING
            await asyncio.sleep(PROBE_EVERY)
        log.info("redis is used")
        self._stage = Stage.IN_USE
        self._recovering = None

    async def _is_well(self) -> bool:
        if await self._ask("PING", since=Stage.OUT) is None:
            return False
        for step in self.before_use:
            if not await step():
                return False
        self._stage = Stage.BACK  # with nothing awaited since: what is changed from now on is told
        return True

    async def _settles(self, seconds: float) -> bool:
        await asyncio.sleep(seconds)
        return self._stage is Stage.BACK


def connect(url: str, *, prefix: str) -> Redis:
    return Redis(url, prefix=prefix)


def _fail(calls: Sequence[Call]) -> None:
    for _, answer in calls:
        if not answer.done():
            answer.set_result(ConnectionError())
