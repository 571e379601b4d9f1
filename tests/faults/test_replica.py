"""Reads go to a replica as long as it is at most a second behind, and to the primary as soon as it is not."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx
import psycopg
import pytest
from fastapi import Depends

from portico.kernel.database import fetch_one
from portico.kernel.migrations import upgrade
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, ReplicaReading
from tests.commands import Serving, eventually, portico_serve, served
from tests.faults.standby import Standby, running_standby
from tests.kernel.tiny import make_tables, serving_tiny
from tests.servers import seed

MOST_BEHIND = 1.0  # seconds; the promise
LEFT = 1.5  # seconds until a replica that is no good is left
BACK = 5.0  # seconds until it is used again
FOUND = """
    SELECT pg_is_in_recovery() AS is_replica, coalesce(max(id), 0) AS newest, pg_backend_pid() AS pid FROM tiny.notes"""

reads = router()


async def _who_reads_first(connection: Reading) -> Any:
    return await fetch_one(connection, FOUND)


@reads.get("/reading")
async def read(reading: Reading) -> Any:
    return await fetch_one(reading, FOUND)


@reads.get("/replica")
async def read_replica(first: Annotated[Any, Depends(_who_reads_first)], reading: ReplicaReading) -> Any:
    return {"first": first, **(await fetch_one(reading, FOUND) or {})}


@reads.get("/report")
async def report(_: Annotated[Any, Depends(_who_reads_first)], reading: ReplicaReading) -> Any:
    """One that takes long: it has seen the rows when it is cancelled."""
    async with reading.transaction():
        await reading.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = await fetch_one(reading, FOUND)
        await reading.execute("SELECT pg_sleep(0.5)")
        await reading.execute("SELECT count(*) FROM tiny.notes")
    return found


@pytest.fixture(scope="module")
def standby() -> Iterator[Standby]:
    with running_standby() as made:
        upgrade(made.url)
        make_tables(made.url)
        seed("items", made.url)
        yield made


@pytest.fixture
def client(standby: Standby) -> Iterator[httpx.Client]:
    standby.wait_until_even()
    with serving_tiny(standby.url, reads, read_database_url=standby.replica_url) as client:
        eventually(lambda: is_replica(client), within=BACK)
        yield client


def is_replica(client: httpx.Client) -> bool:
    answer = client.get("/replica")
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["is_replica"])


def health(client: httpx.Client) -> Any:
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    return answer.json()["checks"]["replica"]


def test_only_who_asks_for_it_reads_the_replica(client: httpx.Client) -> None:
    assert client.get("/reading").json()["is_replica"] is False
    both = client.get("/replica").json()
    assert (both["first"]["is_replica"], both["is_replica"]) == (False, True)
    assert health(client) == {"status": "ok"}


def test_where_nobody_writes_the_replica_is_not_thought_old(client: httpx.Client) -> None:
    until = time.monotonic() + 1.3 * MOST_BEHIND
    while time.monotonic() < until:
        assert is_replica(client)
        time.sleep(0.01)


def test_nobody_is_shown_what_is_older_than_a_second(client: httpx.Client, standby: Standby) -> None:
    """Somebody writes without end, and the replica stops replaying."""
    committed: list[tuple[float, int]] = []
    seen: list[tuple[float, int, bool]] = []

    def look() -> bool:
        began = time.monotonic()
        found = client.get("/replica").json()
        seen.append((began, found["newest"], found["is_replica"]))
        return bool(found["is_replica"])

    with writing(standby, committed):
        eventually(lambda: len(committed) > 10 and look(), within=BACK)
        with standby.behind():
            paused = time.monotonic()
            eventually(lambda: not look(), within=LEFT)
            while time.monotonic() < paused + 1.2 * LEFT:
                assert not look()
            assert health(client) == {"status": "fail", "error": "too far behind"}
        eventually(look, within=BACK)
    for began, newest, _ in seen:
        assert newest >= max((number for at, number in committed if at < began - MOST_BEHIND), default=0)
    assert any(newest < max(number for at, number in committed if at < began) for began, newest, _ in seen if _)


@contextmanager
def writing(standby: Standby, committed: list[tuple[float, int]]) -> Iterator[None]:
    is_over = threading.Event()

    def write() -> None:
        with psycopg.connect(standby.url, autocommit=True) as connection:
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM tiny.notes").fetchone() or (0,)
            while not is_over.wait(0.01):
                last += 1
                connection.execute("INSERT INTO tiny.notes (id) VALUES (%s)", [last])
                committed.append((time.monotonic(), last))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_what_replaying_cancels_is_asked_of_the_primary(client: httpx.Client, standby: Standby) -> None:
    """Rows that a report still sees are removed on the primary, and the replica has to follow."""
    with psycopg.connect(standby.url, autocommit=True) as owner:
        owner.execute("INSERT INTO tiny.notes (id) SELECT 1000000 + i FROM generate_series(1, 2000) i")
        standby.wait_until_even()
        answers: list[httpx.Response] = []
        reading = threading.Thread(target=lambda: answers.append(client.get("/report")))
        reading.start()
        eventually(lambda: reports(standby) == 1, within=BACK)
        owner.execute("DELETE FROM tiny.notes WHERE id > 1000000")
        owner.execute("VACUUM tiny.notes")
        reading.join()
    assert "due to conflict with recovery" in standby.log(), "the test has to make a conflict"
    assert (answers[0].status_code, answers[0].json()["is_replica"]) == (200, False)


def test_a_report_holds_no_connection_of_the_primary(standby: Standby) -> None:
    """And where the replica has none that is free, the primary's is used. Each has one here."""
    settings = {"read_database_url": standby.replica_url, "db_pool_size": 1}
    with serving_tiny(standby.url, reads, **settings) as client, ThreadPoolExecutor(2) as threads:
        eventually(lambda: is_replica(client), within=BACK)
        first = threads.submit(client.get, "/report")
        eventually(lambda: reports(standby) == 1, within=BACK)
        assert client.get("/reading").json()["is_replica"] is False
        second = threads.submit(client.get, "/report")
        assert not first.done()
        assert [found.result().json()["is_replica"] for found in (first, second)] == [True, False]


def reports(standby: Standby) -> int:
    found: int = standby.ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")
    return found


PATHS = ("/api/v1/items/search?q=lamp", "/api/v1/items/export")


@dataclass
class Load:
    """Clients that read what may be old, and what each request came to."""

    port: int
    answers: list[tuple[float, float, int, bytes]] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20) as client:
            while not self.is_over.wait(0.002):
                for path in PATHS:
                    began = time.monotonic()
                    found = client.get(path)
                    self.answers.append((began, time.monotonic() - began, found.status_code, found.content))

    def slowest(self, since: float) -> float:
        return max(seconds for began, seconds, *_ in self.answers if began > since - LEFT)


@contextmanager
def under_load(port: int) -> Iterator[Load]:
    load = Load(port)
    threads = [threading.Thread(target=load.read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.is_over.set()
        for thread in threads:
            thread.join()


@pytest.fixture(scope="module")
def items(standby: Standby, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    settings = {
        "DATABASE_URL": standby.url, "READ_DATABASE_URL": standby.replica_url, "METRICS_ENABLED": "true",
        "ITEMS_MODE": "sandbox", "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    command = portico_serve("items", "--no-worker")
    with served(command, folder=tmp_path_factory.mktemp("items"), WEB_CONCURRENCY="2", **settings) as serving:
        eventually(lambda: health(serving.client) == {"status": "ok"}, within=BACK)
        yield serving


def counted(items: Serving, outcome: str) -> float:
    found = re.search(rf'replica_reads_total{{outcome="{outcome}"}} (\S+)', items.get("/metrics").text)
    return float(found[1]) if found else 0


def killed(standby: Standby) -> Iterator[None]:
    standby.kill()
    yield
    standby.start()


def hung(standby: Standby) -> Iterator[None]:
    with standby.hanging():
        yield


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.long)])
@pytest.mark.parametrize("fault", [killed, hung])
def test_a_replica_that_is_lost_costs_no_request(
    items: Serving, standby: Standby, fault: Callable[[Standby], Iterator[None]], times: int
) -> None:
    with under_load(items.port) as load:
        for _ in range(times):
            used = counted(items, "replica")
            eventually(lambda: counted(items, "replica") > used + 50, within=BACK)  # noqa: B023
            with contextmanager(fault)(standby):
                lost = time.monotonic()
                time.sleep(LEFT)  # as long as nothing but the primary may answer
                on_replica, on_primary = counted(items, "replica"), counted(items, "primary")
                eventually(lambda: counted(items, "primary") > on_primary + 50, within=BACK)  # noqa: B023
                assert counted(items, "replica") == on_replica
                assert health(items.client) == {"status": "fail", "error": "could not connect"}
            assert load.slowest(lost) < LEFT
            eventually(lambda: counted(items, "replica") > on_replica + 50, within=BACK)  # noqa: B023
    assert {status for _, _, status, _ in load.answers} == {200}
    assert len({body for _, _, _, body in load.answers}) == len(PATHS), "nobody writes: each answer is the same"
    if fault is hung:  # one that is killed may have been idle just then
        assert counted(items, "repeated") > 0, "no request met the fault"
