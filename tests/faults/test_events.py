"""Events reach everybody who follows them, whatever is cut or killed meanwhile: nothing lost, order kept per item."""

import asyncio
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from portico.kernel.database import Database
from tests.commands import environment, eventually
from tests.faults.running import Portico, children, command_line
from tests.faults.streams import SAMPLE, Book, Changes, Reader, SocketReader
from tests.kernel.hooked import Receiver, play, webhooks, written
from tests.kernel.watching import tell
from tests.receivers import receiving
from tests.whole.project import ROOT

PATIENCE = 300.0  # seconds


@pytest.fixture(scope="module")
def portico(data_dir: Path) -> Iterator[Portico]:
    """The reference application with two workers, and clients of it by the thousand in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    found = Portico(data_dir, app="items", ITEMS_MODE="sandbox", WEBHOOK_ALLOW_PRIVATE="true")
    found.start()
    try:
        found.wait_until_ready()
        yield found
    finally:
        found.end()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def signed_in(portico: Portico) -> str:
    status, tokens = portico.call("POST", "/auth/login", SAMPLE)
    assert status == 200, tokens
    token: str = tokens["access_token"]
    return token


async def _every(seconds: float, act: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        act()


def report(line: str) -> None:
    """Figures, for who runs this with `-s`."""
    print(line)  # noqa: T201


@pytest.mark.parametrize(("writers", "events"), [(16, 1000), pytest.param(16, 10_000, marks=pytest.mark.long)])
def test_every_reader_sees_each_event_once(portico: Portico, writers: int, events: int) -> None:
    """Four readers of the stream, of which one is cut and resumes every second, and one of a WebSocket."""
    token = signed_in(portico)

    async def run() -> None:
        book, changes = Book(), Changes(portico, token)
        items = await changes.new_items(50)
        readers = [*(Reader(portico, token, book) for _ in range(4)), SocketReader(portico, token, book)]
        reading = [asyncio.create_task(reader.read_all()) for reader in readers]
        await asyncio.gather(*(reader.is_reading.wait() for reader in readers))
        cutting = asyncio.create_task(_every(1, readers[0].cut))
        began = time.monotonic()
        await changes.change(items, writers=writers, times=events)
        written = time.monotonic() - began
        expected = await changes.versions(items)
        await changes.end()
        await asyncio.wait_for(asyncio.gather(*reading), PATIENCE)
        cutting.cancel()
        assert sum(map(len, expected.values())) >= events
        for reader in readers:
            assert {item: reader.changes()[item] for item in expected} == expected, "each once, in order"
            assert reader.resets == 0
        assert readers[0].cuts > written // 5, "on a busy machine it takes a while to be back"
        report(
            f"{events} events by {writers} writers in {written:.1f} s; one reader was cut {readers[0].cuts} times,"
            f" with {readers[0].repeats} repeats; all done {time.monotonic() - began - written:.1f} s after the last"
        )

    asyncio.run(run())


@pytest.mark.parametrize(("clients", "events"), [(100, 200), pytest.param(1000, 1000, marks=pytest.mark.long)])
def test_clients_that_are_cut_and_come_back_miss_nothing(portico: Portico, clients: int, events: int) -> None:
    """First one of the two workers is killed, and half of them with it; then all are cut at the same moment."""
    token = signed_in(portico)

    async def run() -> None:
        book, changes = Book(), Changes(portico, token)
        items = await changes.new_items(10)
        readers = [Reader(portico, token, book) for _ in range(clients)]
        reading = [asyncio.create_task(reader.read_all()) for reader in readers]
        await asyncio.wait_for(asyncio.gather(*(reader.is_reading.wait() for reader in readers)), PATIENCE)
        writing = asyncio.create_task(changes.change(items, writers=4, times=events))
        await changes.reached(events // 4)
        os.kill(random.choice(sorted(portico.workers())), signal.SIGKILL)
        await changes.reached(events // 2)
        for reader in readers:
            reader.cut()
        await asyncio.wait_for(writing, PATIENCE)
        expected = await changes.versions(items)
        await changes.end()
        ended = time.monotonic()
        await asyncio.wait_for(asyncio.gather(*reading), PATIENCE)
        for reader in readers:
            assert {item: reader.changes()[item] for item in expected} == expected
            assert reader.resets == 0
        assert sum(reader.cuts for reader in readers) > clients
        report(
            f"{clients} clients x {len(book.changes)} events: {sum(reader.cuts for reader in readers)} cuts,"
            f" {sum(reader.repeats for reader in readers)} repeats;"
            f" all done {time.monotonic() - ended:.1f} s after the last event"
        )

    asyncio.run(run())


BIG = """
    INSERT INTO portico.outbox (app, topic, key, payload, audience)
    SELECT 'items', CASE i WHEN 3000 THEN 'item.deleted' ELSE 'item.updated' END, 'big',
           jsonb_build_object('version', i, 'filler', repeat('x', 20000)), '{*}'
    FROM generate_series(%s::int, %s::int) AS i RETURNING id"""


def test_a_client_that_does_not_read_is_dropped_and_comes_back(portico: Portico) -> None:
    """60 MB of events: more than the system keeps for one connection, and more events than the server does."""
    token = signed_in(portico)

    async def run() -> None:
        book = Book()
        slow, quick = readers = [Reader(portico, token, book) for _ in range(2)]
        reading = [asyncio.create_task(reader.read_all()) for reader in readers]
        await asyncio.gather(*(reader.is_reading.wait() for reader in readers))
        slow.may_read.clear()
        for first in range(1, 3000, 100):
            with psycopg.connect(portico.database.start()) as owner:
                owner.execute(BIG, [first, first + 99])
            await asyncio.sleep(0.1)
        await asyncio.wait_for(reading[1], PATIENCE)
        assert quick.changes() == {"big": list(range(1, 3001))}
        assert len(slow.seen) < 3000
        slow.may_read.set()
        await asyncio.wait_for(reading[0], PATIENCE)
        assert slow.cuts >= 1
        assert slow.changes() == quick.changes()

    asyncio.run(run())


KEYS = 6


@pytest.mark.heavy
@pytest.mark.parametrize(("kills", "events"), [(3, 60), pytest.param(50, 1000, marks=pytest.mark.long)])
def test_a_relay_killed_between_publish_and_mark_loses_nothing(database_url: str, kills: int, events: int) -> None:
    """The receiver kills the sender when it has the message and before it answers: it cannot have been noted down."""

    async def act(database: Database, receiver: Receiver) -> None:
        await written(database, lambda write: webhooks(database_url).add(write, owner="1", url=receiver.url))
        for number in range(events):
            await tell(database, f"k{number % KEYS}", number)
        relay = await _relay(database_url)
        killed = 0

        def answer(headers: dict[str, str], body: Any) -> int:
            nonlocal killed
            if killed < kills and len(receiver.got) > (killed + 1) * events // (kills + 2):
                relay.kill()
                killed += 1
            return 204

        receiver.answer = answer
        async with asyncio.timeout(PATIENCE):
            while len(set(receiver.numbers())) < events:
                if relay.returncode is not None:
                    relay = await _relay(database_url)
                await asyncio.sleep(0.02)
        relay.kill()
        await relay.wait()
        assert killed == kills
        assert len(receiver.got) >= events + kills, "what the killed ones had sent was sent again, with the same id"
        assert len(set(receiver.ids())) == events
        first = list(dict.fromkeys(receiver.numbers()))
        for key in range(KEYS):
            assert [number for number in first if number % KEYS == key] == list(range(key, events, KEYS))
        report(f"{events} events, {kills} kills: {len(receiver.got) - events} repeats")

    play(database_url, act)


async def _relay(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.relaying", url, cwd=ROOT, env=environment()
    )


def test_the_job_worker_of_a_server_sends_webhooks(portico: Portico) -> None:
    """It is killed, and the one that takes its place sends what has happened meanwhile."""
    token = signed_in(portico)
    with receiving() as received:
        status, _ = portico.call("POST", "/webhooks", {"url": f"{received.url}/hook"}, token=token)
        assert status == 201
        (worker,) = [pid for pid in children(portico.pid) if b"worker" in command_line(pid)]
        os.kill(worker, signal.SIGKILL)
        assert portico.call("POST", "/items", {"name": "Lamp", "price": 1}, token=token)[0] == 201
        eventually(lambda: received.bodies, within=30)
    assert b"item.created" in received.bodies[0][1]
