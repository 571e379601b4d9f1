"""The outbox and its streams: nothing lost, nothing out of order, nothing shown to those who may not see it."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from portico.kernel import events, outbox
from portico.kernel.database import Database
from portico.kernel.draining import Draining
from portico.kernel.events import Hub, Watcher
from portico.kernel.outbox import Position
from portico.kernel.paging import seal
from tests.kernel.tiny import serving_tiny
from tests.kernel.watching import TABLES, Seen, as_owner, collect, count_up, stream, tell, watch

WRITERS, EVENTS = 8, 2000


@pytest.fixture
def url(database_url: str) -> str:
    as_owner(database_url, TABLES)
    return database_url


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with serving_tiny(url, stream(), db_pool_size=4) as client:
        yield client


Act = Callable[[Database, httpx.AsyncClient], Coroutine[Any, Any, None]]


def play(url: str, client: httpx.Client, act: Act) -> None:
    """Run `act` with a database of the writers' own and a client of the server."""

    async def run() -> None:
        database = Database(url, pool_size=WRITERS + 2)
        await database.open()
        try:
            limits = httpx.Limits(max_connections=None)
            async with httpx.AsyncClient(base_url=client.base_url, limits=limits, timeout=20) as watching:
                await act(database, watching)
        finally:
            await database.close()

    asyncio.run(run())


def raised(seen: list[Seen]) -> list[tuple[str, int]]:
    """Keys and numbers of what was seen, repeats dropped by the event's id."""
    first = {id_: data for id_, name, data in seen if name == "counter.raised"}
    return [(data["key"], data["payload"]) for data in first.values()]


def is_last(seen: list[Seen]) -> bool:
    return bool(seen) and seen[-1][1] == "all.done"


def test_every_reader_sees_each_event_once_and_in_order(url: str, client: httpx.Client) -> None:
    async def act(database: Database, watching: httpx.AsyncClient) -> None:
        readers = [asyncio.create_task(collect(watching, is_last)) for _ in range(2)]
        readers.append(asyncio.create_task(collect(watching, is_last, cut_every=0.1)))
        await asyncio.sleep(0.3)
        committed = sum(
            await asyncio.gather(
                *(count_up(database, EVENTS // WRITERS, random.Random(seed)) for seed in range(WRITERS))
            )
        )
        await tell(database, "end", None, topic="all.done")
        late = await collect(watching, is_last, since=seal(1, 0))
        stored = as_owner(url, "SELECT key, n FROM tiny.counters")
        expected = {(key, n) for key, last in stored for n in range(1, last + 1)}
        assert len(expected) == committed > EVENTS * 0.9
        for seen in [*await asyncio.gather(*readers), late]:
            found = raised(seen)
            assert set(found) == expected
            for key, last in stored:
                assert [n for k, n in found if k == key] == list(range(1, last + 1)), "of one key, in order"

    play(url, client, act)


def test_rights_are_asked_for_each_event(url: str, client: httpx.Client) -> None:
    async def act(database: Database, watching: httpx.AsyncClient) -> None:
        start = seal(1, 0)
        await tell(database, "a", "for anna", ["anna"])
        await tell(database, "a", "for all")
        await tell(database, "end", None, ["anna", "bert", "nobody"], topic="all.done")
        for who, expected in (("anna", ["for anna", "for all"]), ("bert", ["for all"]), ("nobody", [])):
            seen = await collect(watching, is_last, who=who, since=start)
            assert [data["payload"] for _, name, data in seen if name == "note.changed"] == expected
        assert (await watching.get("/events")).status_code == 401

    play(url, client, act)


def test_what_happens_is_told_by_the_bell_and_no_stream_holds_a_connection(
    url: str, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten streams on a pool of four. Without the bell the reader would not look again for an hour."""
    soonest, _ = events.POLL
    monkeypatch.setattr(events, "POLL", (3600.0, 3600.0))

    async def act(database: Database, watching: httpx.AsyncClient) -> None:
        streams = [watch(watching) for _ in range(10)]
        assert [name for _, name, _ in [await anext(stream) for stream in streams]] == ["ready"] * 10
        assert (await watching.get("/health/ready")).json()["checks"]["database"]["status"] == "ok"
        # Once it is awake it looks as usual: a transaction of a test beside this one may hold the event back.
        monkeypatch.setattr(events, "POLL", (soonest, 3600.0))
        await tell(database, "end", None, topic="all.done")
        async with asyncio.timeout(60):
            assert [name for _, name, _ in [await anext(stream) for stream in streams]] == ["all.done"] * 10

    play(url, client, act)


@pytest.mark.alone
def test_a_stream_ends_with_its_session(url: str, client: httpx.Client) -> None:
    async def act(database: Database, watching: httpx.AsyncClient) -> None:
        ended = asyncio.create_task(_to_the_end(watching, "bert"))
        goes_on = asyncio.create_task(_to_the_end(watching, "anna"))
        await asyncio.sleep(0.5)
        assert not ended.done()
        as_owner(url, "DELETE FROM tiny.watchers WHERE name = 'bert'")
        await asyncio.wait_for(ended, 1.5)
        assert not goes_on.done()
        goes_on.cancel()

    play(url, client, act)


@pytest.mark.alone
def test_draining_ends_all_streams(url: str, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    stopping = Draining()
    monkeypatch.setattr(events, "draining", stopping)

    async def act(database: Database, watching: httpx.AsyncClient) -> None:
        streams = [asyncio.create_task(_to_the_end(watching, "anna")) for _ in range(5)]
        await asyncio.sleep(0.5)
        stopping.set()
        await asyncio.wait_for(asyncio.gather(*streams), 1.5)
        refused = await watching.get("/events", headers={"Who": "anna"})
        assert refused.status_code == 503
        assert "retry-after" in refused.headers

    play(url, client, act)


def test_who_comes_back_too_late_is_told_to_begin_anew(url: str, client: httpx.Client) -> None:
    async def act(database: Database, watching: httpx.AsyncClient) -> None:
        await tell(database, "a", "old")
        first = (await collect(watching, lambda seen: len(seen) == 2, since=seal(1, 0)))[-1][0]
        await tell(database, "a", "old, too")
        await tell(database, "a", "new")
        as_owner(url, "UPDATE portico.outbox SET created_at = now() - interval '8 days' WHERE payload <> '\"new\"'")
        async with database.connection() as connection:
            assert await outbox.sweep(connection) == 2
        assert as_owner(url, "SELECT payload FROM portico.outbox") == [("new",)]
        for since in (first, "nonsense", seal(2**62, 1), seal(2**63, 1), seal(-5, 1)):
            asyncio.get_running_loop().call_later(0.3, lambda: asyncio.ensure_future(_end(database)))
            seen = await collect(watching, is_last, since=since)
            names = [name for _, name, _ in seen]
            # What is new may be told again: the new beginning lies before the oldest transaction still under way.
            assert (names[0], names[-1]) == ("reset", "all.done"), since
            assert set(names[1:-1]) <= {"note.changed"}, since

    play(url, client, act)


async def _end(database: Database) -> None:
    await tell(database, "end", None, topic="all.done")


async def _to_the_end(watching: httpx.AsyncClient, who: str) -> list[Seen]:
    return [event async for event in watch(watching, who)]


def test_a_slow_watcher_is_dropped_and_holds_nobody_up(url: str) -> None:
    async def act() -> None:
        database = Database(url, pool_size=4)
        await database.open()
        hub = Hub("tiny", database)

        async def all_there(_: Any, keys: Any) -> dict[Any, Any]:
            return dict.fromkeys(keys, "caller")

        who = Watcher(key=1, caller="caller", refresh=all_there)
        slow = await hub.join(who, lambda caller, event: True)
        quick = await hub.join(who, lambda caller, event: True)
        got = asyncio.create_task(_take(quick, events.QUEUE + 10))
        for n in range(events.QUEUE + 10):
            hub._hand_out(_event(n))
            await asyncio.sleep(0)
        assert await asyncio.wait_for(got, 5) == list(range(events.QUEUE + 10))
        assert (slow.ended.is_set(), slow.why) == (True, "too slow")
        assert not quick.ended.is_set()
        hub.leave(quick)
        await database.close()

    asyncio.run(act())


async def _take(subscription: events.Subscription, count: int) -> list[Any]:
    found = []
    async for event in subscription.events():
        if event is not None:
            found.append(event.payload)
            if len(found) == count:
                break
    return found


def _event(n: int) -> outbox.Event:
    now = datetime.now(UTC)
    return outbox.Event(topic="a", key="a", payload=n, position=Position(2**40, n), created_at=now)


@pytest.mark.parametrize("statement", ["UPDATE portico.outbox SET key = 'b'", "DELETE FROM portico.outbox"])
def test_who_serves_requests_cannot_change_what_was_told(url: str, statement: str) -> None:
    async def act() -> None:
        database = Database(url, pool_size=1)
        await database.open()
        await tell(database, "a", 1)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.connection() as connection:
                await connection.execute(statement.encode())
        await database.close()

    asyncio.run(act())


def test_after_a_restore_elsewhere_followers_go_on_where_they_were(url: str) -> None:
    """The other server has given far fewer transaction numbers: without new ones nothing could be read for years."""
    as_owner(
        url,
        """INSERT INTO portico.outbox (app, xid, topic, key, payload, audience)
           SELECT 'tiny', '9000000000', 'a', 'k', to_jsonb(i), '{}' FROM generate_series(1, 4) AS i;
           INSERT INTO portico.outbox_cursors VALUES ('tiny', 'relay', '9000000000', 2);
           SELECT portico.restamp_outbox()""",
    )

    async def act() -> None:
        database = Database(url, pool_size=1)
        await database.open()
        # A transaction of any database of the server holds them back, that of a test beside this one too.
        async with database.connection() as connection, asyncio.timeout(60):
            found: list[outbox.Event] = []
            while not found:
                found = await outbox.read(connection, "tiny", Position(0, 0))
            assert [event.payload for event in found] == [3, 4]
            assert not await outbox.is_kept(connection, "tiny", Position(9000000000, 2))
            assert not await outbox.is_kept(connection, "tiny", Position(1, 1))
        await database.close()

    asyncio.run(act())
    assert as_owner(url, "SELECT xid::text, id FROM portico.outbox_cursors") == [("0", 0)]
