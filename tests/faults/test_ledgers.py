"""Large ledgers: watched while they are imported and tested, and their worker killed in the middle."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from portico.apps.audit.sample.books import PLANTED, books
from portico.apps.audit.sample.entries import Books
from tests.apps.audit.ledgers import imports, saft_of
from tests.apps.audit.world import API, World, done
from tests.commands import Serving, eventually, portico_serve, served
from tests.faults.test_transfer import begin_measuring, peak, process_of

LIMIT = 300.0  # seconds, on a busy machine
MOST_GROWTH = 50 * 1024  # KiB
IMPORTED_IN, TESTED_IN = 60.0, 30.0  # seconds, for 200,000 lines
COUNTED = "SELECT (SELECT count(*) FROM audit.entries) AS entries, (SELECT count(*) FROM audit.lines) AS lines"


@pytest.mark.parametrize("lines", [30_000, pytest.param(200_000, marks=pytest.mark.long)])
def test_an_import_is_watched_and_memory_stays_flat(database_url: str, tmp_path: Path, lines: int) -> None:
    made_up = books(1, lines, {**PLANTED, "benford": lines // 100})
    content = saft_of(made_up)
    with audit_served(database_url, tmp_path) as (serving, world):
        imported(world, saft_of(books(2, 700)))  # all code is loaded
        worker = process_of(serving, b"worker")
        before = begin_measuring(worker)
        began = time.monotonic()
        ledger, seen = imported(world, content)
        seconds = time.monotonic() - began
        growth = peak(worker) - before
        assert len(seen) > lines // 20_000, f"progress was not visible: {seen}"
        assert ledger["computed"]["lines"] == made_up.lines
        assert ledger["computed"]["debit"] == ledger["declared"]["debit"] == float(made_up.debit)
        began = time.monotonic()
        found = run_all(world, ledger["id"], made_up)
        testing = time.monotonic() - began
    print(  # noqa: T201 - the figures of the full run
        f"\n{made_up.lines} lines imported in {seconds:.1f} s and tested in {testing:.1f} s, {len(seen)} states of "
        f"progress seen; the worker grew {growth / 1024:.1f} MiB"
    )
    assert all(found[name] >= count for name, count in PLANTED.items() if name != "benford")
    assert found["benford"] >= 1
    assert growth < MOST_GROWTH
    assert seconds < IMPORTED_IN
    assert testing < TESTED_IN


@pytest.mark.heavy
def test_a_ledger_whose_worker_is_killed_is_imported_once(database_url: str, tmp_path: Path) -> None:
    """First while the file is read, then while its lines are copied. No attempt can end before it is killed."""
    made_up = books(1, 30_000)
    with audit_served(database_url, tmp_path) as (serving, world):
        queued = imports(world, saft_of(made_up), "a.xml").json()
        path = f"{API}/jobs/{queued['job_id']}"
        with lines_kept_out(database_url):
            eventually(lambda: percent_of(job_at(world, path)) >= 20, within=LIMIT)
            kill_worker(serving)
        with lines_kept_out(database_url) as keeper:
            eventually(lambda: job_at(world, path)["attempts"] == 2, within=LIMIT)
            eventually(lambda: copying(keeper), within=LIMIT)
            kill_worker(serving)
        job = ended(world, path)
        assert (job["status"], job["attempts"]) == ("succeeded", 3)
        ledger = done(world.auditor.client.get(f"{API}/ledgers/{queued['ledger_id']}"))
        assert ledger["state"] == "imported"
        assert world.sql(COUNTED) == [{"entries": len(made_up.entries), "lines": made_up.lines}]
        assert len(world.sql("SELECT id FROM audit.test_runs WHERE test = 'roll_forward'")) == 1


@contextmanager
def audit_served(url: str, folder: Path) -> Iterator[tuple[Serving, World]]:
    settings = {
        "DATABASE_URL": url, "PORTICO_DATA_DIR": str(folder / "data"), "JOB_LOST_AFTER": "2", "LOG_LEVEL": "ERROR"
    }  # fmt: skip
    with served(portico_serve("audit"), folder=folder, **settings) as serving:
        world = World(serving.client, url)
        try:
            yield serving, world
        finally:
            world.close()


@contextmanager
def lines_kept_out(url: str) -> Iterator[psycopg.Connection]:
    """Whoever wants to add lines to a ledger waits until this is left."""
    with psycopg.connect(url) as keeper:
        keeper.execute("LOCK TABLE audit.lines IN EXCLUSIVE MODE")
        yield keeper


def copying(keeper: psycopg.Connection) -> bool:
    """Whether somebody waits to add lines."""
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'audit.lines'::regclass AND NOT granted)"
    [(found,)] = keeper.execute(waiting)
    return bool(found)


def kill_worker(serving: Serving) -> None:
    os.kill(process_of(serving, b"worker"), signal.SIGKILL)


def imported(world: World, content: bytes) -> tuple[dict[str, Any], set[int]]:
    """The ledger, and which percents were seen meanwhile."""
    queued = imports(world, content, "a.xml").json()
    path, seen = f"{API}/jobs/{queued['job_id']}", set()
    began = time.monotonic()
    while (job := job_at(world, path))["ended"] is None:
        seen.add(percent_of(job))
        assert time.monotonic() - began < LIMIT
        time.sleep(0.05)
    assert job["status"] == "succeeded", job
    return done(world.auditor.client.get(f"{API}/ledgers/{queued['ledger_id']}")), seen


def run_all(world: World, ledger_id: int, made_up: Books) -> dict[str, int]:
    """How many exceptions each test has brought up."""
    queued = world.auditor.client.post(f"{API}/ledgers/{ledger_id}/tests", json={"parameters": made_up.parameters})
    assert ended(world, f"{API}/jobs/{queued.json()['job_id']}")["status"] == "succeeded"
    runs = done(world.auditor.client.get(f"{API}/ledgers/{ledger_id}/test-runs", params={"limit": 100}))["items"]
    return {run["test"]: run["found"] for run in runs}


def ended(world: World, path: str) -> dict[str, Any]:
    def look() -> Any:
        job = job_at(world, path)
        return job if job["ended"] else None

    found: dict[str, Any] = eventually(look, within=LIMIT)
    return found


def job_at(world: World, path: str) -> dict[str, Any]:
    found: dict[str, Any] = done(world.auditor.client.get(path))
    return found


def percent_of(job: dict[str, Any]) -> int:
    return int((job["progress"] or {"done": 0})["done"])
