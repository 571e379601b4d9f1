"""The log says what was committed, in the order of each object; whoever changes it is found out by name of the row."""

import asyncio
import random
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from portico.kernel import event_log, event_seals
from portico.kernel.database import Database
from portico.kernel.event_log import Actor
from portico.kernel.event_seals import Head, Verdict, seal, verify
from portico.kernel.transaction import Transaction
from tests.commands import eventually
from tests.kernel.job_worker import kill, start, working
from tests.kernel.tiny import make_tables

ANNA = Actor("7", "anna", "192.0.2.7")


@asynccontextmanager
async def opened(url: str, size: int = 4) -> AsyncIterator[Database]:
    database = Database(url, pool_size=size)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def writing(database: Database, *, commit: bool = True) -> AsyncIterator[Transaction]:
    write = Transaction(database)
    try:
        yield write
        if commit:
            await write.commit()
    finally:
        await write.close()


async def log_notes(url: str, count: int, *, app: str = "tiny") -> None:
    async with opened(url) as database, writing(database) as write:
        for n in range(count):
            await event_log.add(write, app=app, actor=ANNA, action="note.added", object=f"note:{n}", details={"n": n})


async def sealed(url: str) -> int:
    count = 0
    async with opened(url) as database, database.connection() as connection:
        while found := await seal(connection):
            count += found
    return count


def verdict(url: str, app: str = "tiny", **options: Any) -> Verdict:
    async def run() -> Verdict:
        async with opened(url) as database, database.connection() as connection:
            return await verify(connection, app, **options)

    return asyncio.run(run())


def chain(url: str, count: int) -> None:
    """A log of so many events, all of them sealed."""
    asyncio.run(log_notes(url, count))
    assert asyncio.run(sealed(url)) == count


def ask(url: str, query: Any, *params: Any) -> list[tuple[Any, ...]]:
    """As the owner of the database, who may do anything to it."""
    with psycopg.connect(url) as owner:
        cursor = owner.execute(query, params)
        return cursor.fetchall() if cursor.description else []


async def test_what_is_committed_is_logged_and_nothing_else(database_url: str) -> None:
    async with opened(database_url) as database:
        for is_good in (True, False):
            async with writing(database, commit=is_good) as write:
                await event_log.add(write, app="tiny", actor=ANNA, action="note.added", object=f"note:{is_good}")
        async with writing(database) as write:
            await event_log.add(write, app="other", actor=Actor(address="::1"), action="x", object="y")
        async with database.connection() as connection:
            (found,) = await event_log.page(connection, "tiny", limit=10)
    assert (found["object"], found["actor"], found["actor_name"], found["address"]) == (
        "note:True", "7", "anna", "192.0.2.7",
    )  # fmt: skip
    assert (found["seq"], found["hash"]) == (None, None)


async def test_writers_and_sealers_at_once(database_url: str) -> None:
    """Every committed event is sealed once, those of one object in the order in which its lock was had."""
    make_tables(database_url)
    ask(database_url, "INSERT INTO tiny.notes (id, size) SELECT i, 0 FROM generate_series(1, 5) AS i")
    chance, committed, done = random.Random(5), 0, asyncio.Event()

    async def write_some(database: Database) -> None:
        nonlocal committed
        for _ in range(40):
            is_good = chance.random() > 0.1
            async with writing(database, commit=is_good) as write:
                note = chance.randint(1, 5)
                cursor = await (await write.connection()).execute(
                    "UPDATE tiny.notes SET size = size + 1 WHERE id = %s RETURNING size", [note]
                )
                (size,) = await cursor.fetchone() or (0,)
                details = {"size": size}
                await event_log.add(write, app="tiny", actor=ANNA, action="raised", object=f"n:{note}", details=details)
                await asyncio.sleep(chance.random() * 0.005)
            committed += is_good

    async def keep_sealing(database: Database) -> None:
        while not done.is_set():
            async with database.connection() as connection:
                await seal(connection)
            await asyncio.sleep(0)

    ask(database_url, "ALTER TABLE tiny.notes DROP CONSTRAINT notes_size_check")
    async with opened(database_url, 10) as database:
        sealers = [asyncio.create_task(keep_sealing(database)) for _ in range(2)]
        await asyncio.gather(*(write_some(database) for _ in range(8)))
        done.set()
        await asyncio.gather(*sealers)
        async with database.connection() as connection:
            await seal(connection)
            found = await verify(connection, "tiny")
    assert (found.fault, found.verified, found.sealed, found.unsealed) == (None, committed, committed, 0)
    sizes = """
        SELECT array_agg((details->>'size')::int ORDER BY seq) FROM portico.event_log AS e
        JOIN portico.event_seals AS s ON s.event_id = e.id GROUP BY object"""
    for (in_order,) in ask(database_url, sizes):
        assert in_order == list(range(1, len(in_order) + 1))


OWNERS_CRIMES = {
    "an altered row": ("UPDATE portico.event_log SET actor_name = 'bert' WHERE id = 4", (4, 4, "changed")),
    "altered details": ("UPDATE portico.event_log SET details = '{\"n\": 33}' WHERE id = 4", (4, 4, "changed")),
    "another time": ("UPDATE portico.event_log SET at = at + interval '1 microsecond' WHERE id = 4", (4, 4, "changed")),
    "a deleted row": ("DELETE FROM portico.event_log WHERE id = 4", (4, 4, "the event is missing")),
    "swapped rows": (
        "UPDATE portico.event_log AS e SET object = other.object, details = other.details"
        " FROM portico.event_log AS other WHERE (e.id, other.id) IN ((4, 7), (7, 4))",
        (4, 4, "changed"),
    ),
    "swapped seals": (
        "UPDATE portico.event_seals SET event_id = -event_id WHERE seq IN (4, 7);"
        " UPDATE portico.event_seals SET event_id = 11 - seq WHERE event_id < 0",
        (4, 7, "changed"),
    ),
    "a forged hash": ("UPDATE portico.event_seals SET hash = sha256('x') WHERE seq = 4", (4, 4, "changed")),
    "a row forged with its hash": (
        "UPDATE portico.event_log SET actor_name = 'bert' WHERE id = 4; UPDATE portico.event_seals AS s SET hash ="
        " sha256(before.hash || convert_to(portico.event_text(e, 4), 'UTF8'))"
        " FROM portico.event_seals AS before, portico.event_log AS e WHERE s.seq = 4 AND before.seq = 3 AND e.id = 4",
        (5, 5, "changed"),  # the row itself fits: what comes after it does not
    ),
    "a deleted seal": ("DELETE FROM portico.event_seals WHERE seq = 4", (4, None, "the seal is missing")),
    "a cut tail of seals": ("DELETE FROM portico.event_seals WHERE seq > 8", (9, 9, "the event has lost its seal")),
    "an event that hides from the sealer": (
        "INSERT INTO portico.event_log (app, actor, actor_name, address, action, object, details)"
        " VALUES ('tiny', '', '', '', 'late', '', '{}'); DELETE FROM portico.events_to_seal",
        (11, 11, "the event has lost its seal"),
    ),
}


@pytest.mark.parametrize("crime", OWNERS_CRIMES)
def test_the_first_bad_row_is_named(crime: str, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_seals, "BATCH", 3)  # so that it may be the first, the last or in the middle of one
    statements, (seq, event_id, reason) = OWNERS_CRIMES[crime]
    chain(database_url, 10)
    assert verdict(database_url).fault is None
    with psycopg.connect(database_url) as owner:
        for statement in statements.split(";"):
            owner.execute(statement.encode())
    found = verdict(database_url)
    assert found.fault is not None
    assert (found.fault.seq, found.fault.event_id, found.verified) == (seq, event_id, seq - 1)
    assert reason in found.fault.reason


def test_who_makes_the_whole_chain_anew_is_found_out_by_the_exported_head(database_url: str) -> None:
    chain(database_url, 10)
    ((seq, digest),) = ask(database_url, "SELECT seq, hash FROM portico.event_seals ORDER BY seq DESC LIMIT 1")
    head = Head(seq, digest.hex())
    assert verdict(database_url, exported=head).fault is None
    asyncio.run(log_notes(database_url, 5))
    asyncio.run(sealed(database_url))
    assert verdict(database_url, exported=head).fault is None, "what comes later changes nothing"
    ask(database_url, "UPDATE portico.event_log SET actor_name = 'bert' WHERE id = 4")
    ask(database_url, "DELETE FROM portico.event_seals")
    ask(database_url, "INSERT INTO portico.events_to_seal SELECT id, app FROM portico.event_log")
    asyncio.run(sealed(database_url))
    assert verdict(database_url).fault is None, "by itself it is sound"
    fault = verdict(database_url, exported=head).fault
    assert fault is not None
    assert (fault.seq, fault.reason) == (10, event_seals.OTHER_CHAIN)
    ask(database_url, "DELETE FROM portico.event_seals WHERE seq > 7")
    ask(database_url, "DELETE FROM portico.event_log WHERE id > 7")
    assert verdict(database_url).fault is None
    fault = verdict(database_url, exported=head).fault
    assert fault is not None
    assert (fault.seq, fault.reason) == (8, event_seals.MISSING_SEAL)


def test_each_app_has_a_chain_and_it_is_verified_in_parts(database_url: str) -> None:
    asyncio.run(log_notes(database_url, 3))
    asyncio.run(log_notes(database_url, 5, app="other"))
    asyncio.run(sealed(database_url))
    asyncio.run(log_notes(database_url, 2))
    found = verdict(database_url)
    assert (found.fault, found.verified, found.sealed, found.unsealed) == (None, 3, 3, 2)
    assert verdict(database_url, "other", most=2).verified == 2
    assert verdict(database_url, "other", most=2, after=2).verified == 4
    assert verdict(database_url, "other", after=4).verified == 5
    assert verdict(database_url, "nobody") == Verdict(None, 0, 0, 0)
    ask(database_url, "UPDATE portico.event_log SET action = 'x' WHERE id = 6")
    assert verdict(database_url, "other", after=3).fault is None, "what comes before is taken as it is"
    fault = verdict(database_url, "other", after=9).fault
    assert fault is not None
    assert fault.reason == event_seals.MISSING_SEAL


def test_a_long_log_is_verified_in_little_memory(database_url: str) -> None:
    ask(
        database_url,
        "INSERT INTO portico.event_log (app, actor, actor_name, address, action, object, details)"
        " SELECT 'tiny', '7', 'anna', '::1', 'x', 'note:' || i, jsonb_build_object('text', repeat('x', 500))"
        " FROM generate_series(1, 20000) AS i",
    )
    assert asyncio.run(sealed(database_url)) == 20_000
    tracemalloc.start()
    try:
        found = verdict(database_url)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (found.fault, found.verified) == (None, 20_000)
    assert peak < 8 * 1024 * 1024, peak  # all of it would be above 30 MB


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portico.event_log SET action = 'nothing'",
        "DELETE FROM portico.event_log",
        "TRUNCATE portico.event_log",
        "INSERT INTO portico.event_log (app, at, actor, actor_name, address, action, object, details)"
        " VALUES ('tiny', '2020-01-01', '', '', '', '', '', '{}')",
        "INSERT INTO portico.event_log (id, app, actor, actor_name, address, action, object, details)"
        " OVERRIDING SYSTEM VALUE VALUES (1000, 'tiny', '', '', '', '', '', '{}')",
        "UPDATE portico.event_seals SET hash = ''",
        "DELETE FROM portico.event_seals",
        "INSERT INTO portico.event_seals VALUES ('tiny', 100, 100, '')",
        "DELETE FROM portico.events_to_seal",
        "INSERT INTO portico.events_to_seal VALUES (100, 'tiny')",
        "ALTER TABLE portico.event_log DISABLE TRIGGER queue_for_seal",
        "CREATE OR REPLACE FUNCTION portico.seal_events() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
    ],
)
async def test_the_role_that_serves_can_only_add(statement: str, database_url: str) -> None:
    await log_notes(database_url, 1)
    await sealed(database_url)
    async with opened(database_url) as database, database.connection() as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(statement.encode())


def test_the_worker_seals_within_a_second_and_after_a_kill(database_url: str) -> None:
    def is_sealed() -> bool:
        return not ask(database_url, "SELECT event_id FROM portico.events_to_seal")

    first = start(database_url)
    try:
        asyncio.run(log_notes(database_url, 3))
        eventually(is_sealed, within=20)  # the worker starts in the meantime
        asyncio.run(log_notes(database_url, 3))
        eventually(is_sealed, within=20)  # 1 s where nobody else uses the machine
    finally:
        kill(first)
    asyncio.run(log_notes(database_url, 3))
    with working(database_url):
        eventually(is_sealed, within=20)
    found = verdict(database_url)
    assert (found.fault, found.verified, found.unsealed) == (None, 9, 0)
