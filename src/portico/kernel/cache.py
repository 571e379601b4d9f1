"""A read-through cache of bytes, in namespaces, which a commit empties.

With REDIS_URL it is shared by all processes. Without Redis it is in this process, for a second at most on anything that
can change; with several workers, whose writes it does not see, only for what says that it may lag. It may be gone at
any time: nothing is ever known from it alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from portico.kernel.cache_stores import LocalStore, Moment, SharedStore, Store
from portico.kernel.database import Change
from portico.kernel.metrics import count_cache_read
from portico.kernel.tenancy import of_tenant

if TYPE_CHECKING:
    from portico.kernel.redis import Redis  # an extra: there is none where REDIS_URL is not set

LONGEST_ALONE = 1.0  # seconds a value is kept without Redis
BIGGEST_VALUE = 512 * 1024  # bytes

Load = Callable[[], Awaitable[bytes | None]]


class Cache:
    """The cache of one process. `is_alone` says that no other process writes to the same database."""

    def __init__(self, redis: "Redis | None", *, seconds: float, is_alone: bool) -> None:
        self._redis = redis
        self._seconds = seconds
        self._is_alone = is_alone and redis is None
        self._local = LocalStore()
        self._shared = SharedStore(redis) if redis is not None else None
        self._namespaces: dict[str, Namespace] = {}

    def namespace(self, name: str, *, seconds: float | None = None, may_lag: bool = False) -> "Namespace":
        """The namespace, such as `store.products`. `seconds` is how long values are kept, by default REDIS_TIMEOUT.

        `may_lag`: where there is no Redis, another worker's write may go unseen for a second.
        """
        if name not in self._namespaces:
            self._namespaces[name] = Namespace(self, name, seconds=seconds or self._seconds, may_lag=may_lag)
        return self._namespaces[name]

    async def forget(self, changes: Iterable[Change]) -> None:
        """Let nothing be read any more that was loaded before now. Call it when the change is committed."""
        patterns: dict[str, set[str]] = {}
        for name, pattern in changes:
            patterns.setdefault(name, set()).add(pattern)
        stores: list[Store] = [self._local] if self._shared is None else [self._local, self._shared]
        # At the same time: Redis sends them as one piece.
        await asyncio.gather(*(store.forget(name, found) for store in stores for name, found in patterns.items()))

    def store(self, *, may_lag: bool) -> Store | None:
        """Where to look now, if anywhere."""
        if self._redis is not None and self._redis.is_trusted:
            return self._shared
        return self._local if self._is_alone or may_lag else None


class Namespace:
    """Keys of one kind. Each is loaded by one request at a time in a process; the others wait for what it loads."""

    def __init__(self, cache: Cache, name: str, *, seconds: float, may_lag: bool) -> None:
        self._cache = cache
        self._name = name
        self._seconds = seconds
        self._may_lag = may_lag
        self._loading: dict[tuple[str, Moment], asyncio.Future[bytes | None]] = {}
        self._storing: set[asyncio.Task[None]] = set()

    async def get(self, key: str, load: Load) -> bytes | None:
        """The value of a key, from `load` where it is not there. None is a value too: there is no such thing."""
        key = of_tenant(key)
        store = self._cache.store(may_lag=self._may_lag)
        look = await store.look(self._name, key) if store is not None else None
        if store is None or look is None:
            count_cache_read(self._name, "bypassed")
            return await load()
        if look.is_hit:
            count_cache_read(self._name, "hit")
            return look.value
        while (loading := self._loading.get((key, look.moment))) is not None:
            try:
                value = await asyncio.shield(loading)
            except _GaveUp:
                continue
            count_cache_read(self._name, "joined")
            return value
        count_cache_read(self._name, "miss")
        return await self._load(store, key, look.moment, load)

    async def _load(self, store: Store, key: str, moment: Moment, load: Load) -> bytes | None:
        # Who looked after a change has a later moment, and does not join a load that may have begun before it.
        place = (key, moment)
        loading = self._loading[place] = asyncio.get_running_loop().create_future()
        try:
            value = await load()
        except BaseException as error:
            del self._loading[place]
            # The request that loads may end for a reason of its own: its time is up, its client has left.
            loading.set_exception(error if isinstance(error, Exception) else _GaveUp())
            loading.exception()  # nobody need wait for it
            raise
        loading.set_result(value)
        if value is not None and len(value) > BIGGEST_VALUE:
            del self._loading[place]
            return value
        # Nobody waits for the value to be stored. Until then those who come are given it from here.
        task = asyncio.create_task(self._put(store, key, moment, value))
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)
        return value

    async def _put(self, store: Store, key: str, moment: Moment, value: bytes | None) -> None:
        seconds = min(self._seconds, LONGEST_ALONE) if isinstance(store, LocalStore) else self._seconds
        try:
            await store.put(self._name, key, value, moment=moment, seconds=seconds)
        finally:
            del self._loading[key, moment]


class _GaveUp(Exception):
    """The request that was loading ended before it had the value."""


async def cache_of(request: Request) -> Cache:
    cache: Cache = request.app.state.cache
    return cache


Cached = Annotated[Cache, Depends(cache_of)]
