"""The cache: what it gives is never older than the last commit, with Redis and without."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager

import pytest

from portico.kernel import redis
from portico.kernel.cache import Cache, Namespace
from portico.kernel.cache_marks import KEPT, Marks
from portico.kernel.cache_stores import LocalStore
from portico.kernel.database import Change, Database, fetch_one
from portico.kernel.transaction import Transaction
from tests.redis_server import RedisServer, redis_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(autouse=True)
def _slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests count loads. A Redis that answers late, because others use the machine, would cost one more."""
    monkeypatch.setattr(redis, "LIMIT", redis.PATIENCE)


@pytest.fixture(params=["in Redis", "in the process"])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    if request.param == "in the process":
        yield Cache(None, seconds=300, is_alone=True)
        return
    async with shared(request.getfixturevalue("server"), prefix=request.node.name) as cache:
        yield cache


@asynccontextmanager
async def shared(server: RedisServer, *, prefix: str, seconds: float = 300) -> AsyncIterator[Cache]:
    """The cache of one process; a second one with the same prefix is that of another process."""
    connection = redis.Redis(server.url, prefix=prefix)
    cache = Cache(connection, seconds=seconds, is_alone=False)
    await connection.open()
    try:
        yield cache
    finally:
        await connection.close()


class Source:
    """What is cached: it counts how often it is asked, and waits where it is told to."""

    def __init__(self, value: bytes | None = b"one") -> None:
        self.value = value
        self.loads = 0
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.may_end.set()

    async def load(self) -> bytes | None:
        self.loads += 1
        value = self.value
        self.begun.set()
        await self.may_end.wait()
        await asyncio.sleep(0.01)
        return value


async def read(namespace: Namespace, source: Source, key: str = "key") -> bytes | None:
    value = await namespace.get(key, source.load)
    await asyncio.gather(*namespace._storing)  # which nobody else waits for
    return value


@pytest.mark.parametrize("value", [b"one", b"", None])
async def test_100_parallel_reads_load_once(cache: Cache, value: bytes | None) -> None:
    things, source = cache.namespace("test.things"), Source(value)
    assert await asyncio.gather(*(things.get("key", source.load) for _ in range(100))) == [value] * 100
    assert await read(things, source) == value
    assert source.loads == 1


async def test_who_leaves_in_the_middle_of_a_load_leaves_it_to_another(cache: Cache) -> None:
    things, source = cache.namespace("test.things"), Source()
    source.may_end.clear()
    first = asyncio.create_task(things.get("key", source.load))
    await source.begun.wait()
    others = [asyncio.create_task(things.get("key", source.load)) for _ in range(10)]
    await asyncio.sleep(0.05)
    first.cancel()
    source.may_end.set()
    assert await asyncio.gather(*others) == [b"one"] * 10
    assert source.loads == 2


async def test_what_was_read_before_a_change_is_not_kept_beyond_it(cache: Cache) -> None:
    things, source = cache.namespace("test.things"), Source()
    source.may_end.clear()
    early = asyncio.create_task(things.get("key", source.load))
    await source.begun.wait()
    source.value = b"two"
    await cache.forget([("test.things", "*")])
    late = asyncio.create_task(things.get("key", source.load))  # must not join the load that began before
    await asyncio.sleep(0.05)
    source.may_end.set()
    assert await asyncio.gather(early, late) == [b"one", b"two"]
    await asyncio.sleep(0.05)
    assert await read(things, source) == b"two"


async def test_a_pattern_forgets_its_keys_alone(cache: Cache) -> None:
    things, others, source = cache.namespace("test.things"), cache.namespace("test.others"), Source()
    for key in ("list:1", "list:2", "one:1"):
        await read(things, source, key)
    await read(others, source, "list:1")
    await cache.forget([("test.things", "list:*")])
    source.value = b"two"
    assert [await read(things, source, key) for key in ("list:1", "list:2", "one:1")] == [b"two", b"two", b"one"]
    assert await read(others, source, "list:1") == b"one"
    for number in range(2 * KEPT):  # more than are remembered: then what is older than they counts as forgotten
        await cache.forget([("test.things", f"none:{number}")])
    assert await read(things, source, "one:1") == b"two"


async def test_only_a_commit_invalidates(cache: Cache, database_url: str) -> None:
    things, source = cache.namespace("test.things"), Source()
    database = Database(database_url, pool_size=2)
    database.forget = cache.forget
    await database.open()
    try:
        for commits in (False, True):
            assert await read(things, source) == b"one"
            write = Transaction(database)
            await (await write.connection()).execute("SELECT 1")
            write.changed("test.things")
            assert await read(things, source) == b"one"
            assert source.loads == 1
            source.value = b"two" if commits else b"one"
            if commits:
                await write.commit()
            await write.close()
        assert await read(things, source) == b"two"
        assert source.loads == 2
    finally:
        await database.close()


async def test_every_process_sees_what_another_one_changed(server: RedisServer) -> None:
    async with shared(server, prefix="both") as here, shared(server, prefix="both") as there:
        source = Source()
        for _ in range(2):
            assert await read(here.namespace("test.things"), source) == b"one"
            assert await read(there.namespace("test.things"), source) == b"one"
        loads = source.loads
        source.value = b"two"
        await there.forget([("test.things", "*")])
        assert await read(here.namespace("test.things"), source) == b"two"
        assert await read(there.namespace("test.things"), source) == b"two"
        assert source.loads == loads + 1


async def test_a_change_during_an_outage_is_seen_after_it(server: RedisServer) -> None:
    async with shared(server, prefix="outage") as here, shared(server, prefix="outage") as there:
        source = Source()
        for cache in (here, there, here, there):
            await read(cache.namespace("test.things"), source)
        with server.hung():
            source.value = b"two"
            await there.forget([("test.things", "*")])
            assert await read(here.namespace("test.things"), source) == b"two"
            assert await read(there.namespace("test.things"), source) == b"two"
        await asyncio.sleep(redis.SETTLING + 1)
        loads = source.loads
        assert [await read(cache.namespace("test.things"), source) for cache in (here, there) * 3] == [b"two"] * 6
        assert source.loads <= loads + 1, "Redis is not used again"


async def test_a_process_that_was_killed_before_its_mark_leaves_nothing_old(server: RedisServer) -> None:
    async with shared(server, prefix="killed") as here:
        source = Source()
        assert await read(here.namespace("test.things"), source) == b"one"
        source.value = b"two"  # committed by a process that died then
        assert await read(here.namespace("test.things"), source) == b"one"
        async with shared(server, prefix="killed"):  # the one that is started in its place
            assert await read(here.namespace("test.things"), source) == b"two"


async def test_what_is_committed_stays_committed_whatever_the_cache_does(database_url: str) -> None:
    async def fails(_: Collection[Change]) -> None:
        raise RuntimeError

    database = Database(database_url, pool_size=2)
    database.forget = fails
    await database.open()
    try:
        write = Transaction(database)
        sql = "INSERT INTO portico.seeded (app) VALUES ('test')"
        await (await write.connection()).execute(sql)
        write.changed("test.things")
        await write.commit()
        await write.close()
        async with database.connection() as connection:
            assert await fetch_one(connection, "SELECT app FROM portico.seeded") == {"app": "test"}
    finally:
        await database.close()


@pytest.mark.alone
async def test_without_redis_several_workers_lag_only_where_they_may() -> None:
    first, second = (Cache(None, seconds=300, is_alone=False) for _ in range(2))
    source = Source()
    for cache in (first, second):
        await read(cache.namespace("test.exact"), source)
        await read(cache.namespace("test.lagging", may_lag=True), source)
    source.value = b"two"
    await first.forget([("test.exact", "*"), ("test.lagging", "*")])
    assert await read(second.namespace("test.exact"), source) == b"two"
    assert await read(first.namespace("test.lagging"), source) == b"two"
    assert await read(second.namespace("test.lagging"), source) == b"one"
    await asyncio.sleep(1)
    assert await read(second.namespace("test.lagging"), source) == b"two"


async def test_memory_is_bounded_and_what_was_used_last_stays() -> None:
    store = LocalStore(most_bytes=100_000)
    for number in range(1000):
        await store.put("test", str(number), b"x" * 1000, moment=(0,), seconds=60)
        assert (await store.look("test", "0")).is_hit
    kept = [number for number in range(1000) if (await store.look("test", str(number))).is_hit]
    assert 60 < len(kept) < 100
    assert kept[-1] == 999


def test_marks_spare_what_came_after_them() -> None:
    marks = Marks([(1, "*")]).added(["a:*"], 5).added(["b:*"], 9)
    assert marks.spare("a:1", 5)
    assert not marks.spare("a:1", 4)
    assert marks.spare("c:1", 1)
    assert not marks.spare("c:1", 0)
    assert not marks.spare("b:1", 8)
