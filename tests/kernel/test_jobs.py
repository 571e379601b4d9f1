"""A job exists if and only if the transaction that queued it was committed; then it runs, and says how far it is."""

import asyncio
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import Depends, Request
from procrastinate.schema import SchemaManager
from procrastinate.worker import Worker

from portico.kernel import job_worker
from portico.kernel.database import Database
from portico.kernel.job_routes import job_routes
from portico.kernel.jobs import Retry, UnknownJob, enqueue, jobs_of
from portico.kernel.runtime import Runtime
from tests.commands import eventually
from tests.kernel.job_worker import (
    JOBS,
    in_transaction,
    queue,
    queue_notes,
    settled,
    start,
    statuses,
    wait_for_notes,
    working,
)
from tests.kernel.tiny import make_tables, notes, serving_tiny
from tests.servers import settings_of
from tests.whole.project import ROOT


async def _owner(request: Request) -> str:
    return request.headers.get("x-owner", "")


@pytest.fixture
def url(database_url: str) -> str:
    make_tables(database_url)
    return database_url


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    """The routes of jobs in an app, asked by the owner of the tests' jobs."""
    routes = job_routes(reading_owner=Depends(_owner), writing_owner=Depends(_owner))
    with serving_tiny(url, routes, app={"jobs": JOBS}) as client:
        client.headers["x-owner"] = "7"
        yield client


def test_a_job_is_queued_if_and_only_if_its_transaction_is_committed(url: str) -> None:
    queue(url, "tiny.note", commit=False, number=1)
    assert statuses(url) == {}
    queue(url, "tiny.note", number=2)
    with working(url):
        assert settled(url, within=20) == {"succeeded": 1}
    assert notes(url) == [(2, "x2")]


def test_a_server_that_dies_before_the_commit_leaves_no_job(url: str) -> None:
    """The connection of the open transaction is cut, as by `kill -9`."""

    async def cut_off(transaction: Any) -> None:
        await enqueue(transaction, "tiny.note", number=1)
        connection = await transaction.connection()
        with psycopg.connect(url) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])

    with pytest.raises(psycopg.OperationalError):
        in_transaction(url, cut_off)
    assert statuses(url) == {}
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM portico.jobs").fetchone() == (0,)


def test_the_queues_sql_is_that_of_the_installed_package() -> None:
    """Whoever renews procrastinate writes a revision with the package's own migrations, and renews this file."""
    ours = (ROOT / "migrations/sql/portico_queue_3_10_0.sql").read_text()
    assert ours == SchemaManager.get_schema()


def test_mistakes_are_found_where_the_job_is_queued(url: str) -> None:
    with pytest.raises(UnknownJob):
        queue(url, "tiny.nonsense")
    with pytest.raises(TypeError):
        queue(url, "tiny.note", nummer=1)


def test_what_fails_is_tried_again_and_then_a_dead_letter(url: str, client: httpx.Client) -> None:
    """Three attempts for a mistake, one for what a rule refuses, and the owner reads no foreign message."""
    mistake, refused = queue(url, "tiny.fail", final=False), queue(url, "tiny.fail", final=True)
    busy, late = queue(url, "tiny.conflict"), queue(url, "tiny.hang", to=100, step=0.05)
    with working(url):
        settled(url, within=30)
    found = {job_id: client.get(f"/jobs/{job_id}").json() for job_id in (mistake, refused, busy, late)}
    assert {(job["status"], job["attempts"], job["error"]) for job in found.values()} == {
        ("failed", 3, "It failed: ValueError."),
        ("failed", 1, "It is gone."),
        ("failed", 2, "Come back later."),
        ("failed", 1, "It took too long."),
    }
    assert found[mistake]["ended"] >= found[mistake]["started"] >= found[mistake]["created"]


def test_backoff_doubles_up_to_a_limit_and_is_spread() -> None:
    policy = Retry(first=2, most=60)
    assert [policy.wait(failures, chance=1) for failures in (1, 2, 3, 6, 7, 5000)] == [2, 4, 8, 60, 60, 60]
    spread = {policy.wait(3, chance=random.random()) for _ in range(100)}
    assert len(spread) > 90
    assert all(4 <= wait <= 8 for wait in spread)


@pytest.mark.alone
def test_progress_is_seen_while_the_job_runs_and_it_is_cancelled(url: str, client: httpx.Client) -> None:
    job_id = queue(url, "tiny.count", to=1000, step=0.05)
    waiting = queue(url, "tiny.count", to=1, step=0.0)
    assert client.get(f"/jobs/{job_id}").json()["progress"] is None
    assert client.post(f"/jobs/{waiting}/cancel").json()["status"] == "cancelled"
    with working(url):
        path = f"/jobs/{job_id}"
        seen = eventually(lambda: (client.get(path).json()["progress"] or {}).get("done"), within=20)
        assert 0 < seen < 1000
        asked = time.monotonic()
        assert client.post(f"{path}/cancel").json()["status"] in ("cancelling", "cancelled")
        eventually(lambda: client.get(path).json()["status"] == "cancelled", within=5)
        assert time.monotonic() - asked < 5
        again = client.post(f"{path}/cancel")
        assert (again.status_code, again.json()["status"]) == (200, "cancelled")
    assert client.get(path).json()["ended"] is not None


def test_jobs_of_others_are_not_there(url: str, client: httpx.Client) -> None:
    job_id = queue(url, "tiny.note", number=1)
    stranger = {"x-owner": "8"}
    assert client.get(f"/jobs/{job_id}", headers=stranger).status_code == 404
    assert client.post(f"/jobs/{job_id}/cancel", headers=stranger).status_code == 404
    assert client.get(f"/jobs/{job_id}").json()["status"] == "queued"
    with working(url):
        settled(url, within=20)
    assert client.post(f"/jobs/{job_id}/cancel").status_code == 409


def test_a_worker_that_is_told_to_stop_gives_its_jobs_back(url: str, client: httpx.Client) -> None:
    job_id = queue(url, "tiny.count", to=1000, step=0.05)
    path = f"/jobs/{job_id}"
    process = start(url)
    eventually(lambda: client.get(path).json()["status"] == "running", within=20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    found = client.get(path).json()
    assert (found["status"], found["error"]) == ("queued", None)
    with working(url):
        eventually(lambda: client.get(path).json()["attempts"] == 2, within=20)


async def test_a_worker_that_is_told_to_stop_ends_though_it_was_not_heard(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a cancellation comes together with what is waited for, which Python before 3.12 drops it for."""
    begun = asyncio.Event()

    async def deaf(worker: Worker) -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    monkeypatch.setattr(Worker, "run", deaf)
    monkeypatch.setattr(job_worker, "INSIST_EVERY", 0.05)
    settings = settings_of(url)
    worker = job_worker.JobWorker(jobs_of(["tiny"]), Runtime(settings=settings, database=Database(url)), url)
    working = asyncio.create_task(worker.run())
    await begun.wait()
    worker.stop()
    ended, _ = await asyncio.wait({working}, timeout=20)
    assert ended


def test_a_worker_that_is_told_to_stop_is_not_taken_for_lost(url: str, client: httpx.Client) -> None:
    """It has longer to finish its jobs than a silent one has until they run again, even on a busy machine."""
    patience = {"JOB_LOST_AFTER": "3"}
    job_id = queue(url, "tiny.count", to=160, step=0.05)
    path = f"/jobs/{job_id}"
    leaving = start(url, JOB_DRAIN_SECONDS="30", **patience)
    eventually(lambda: client.get(path).json()["status"] == "running", within=20)
    with working(url, **patience):
        leaving.send_signal(signal.SIGTERM)
        assert settled(url, within=30) == {"succeeded": 1}
    assert leaving.wait(10) == 0
    assert client.get(path).json()["attempts"] == 1


def test_a_worker_that_loses_its_connections_goes_on(url: str) -> None:
    """All of them are cut at once, as by a restart of the server; jobs whose end could not be written run again."""
    in_transaction(url, lambda transaction: queue_notes(transaction, 100))
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    with working(url) as process:
        for enough in (10, 30, 50, 70):
            wait_for_notes(url, enough)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(cut, [connection.info.dbname])
        assert settled(url, within=60) == {"succeeded": 100}
        assert process.poll() is None
    assert notes(url) == [(number, f"x{number}") for number in range(100)]


def test_a_silent_worker_is_replaced_and_then_finds_its_work_done(url: str) -> None:
    """Stopped, not dead: when it wakes up it goes on with jobs that another one has done meanwhile."""
    for number in range(4):
        queue(url, "tiny.note", number=number, took=1.0)
    silent = start(url)
    try:
        eventually(lambda: statuses(url).get("doing") == 4, within=20)
        silent.send_signal(signal.SIGSTOP)
        with working(url):
            assert settled(url, within=30) == {"succeeded": 4}
            silent.send_signal(signal.SIGCONT)
            time.sleep(2)
    finally:
        silent.kill()
        silent.wait()
    assert notes(url) == [(number, f"x{number}") for number in range(4)]
