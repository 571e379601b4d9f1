"""Large imports: watched, cancelled and killed in the middle; and large exports. Memory stays flat."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.commands import Serving, eventually, portico_serve, served
from tests.contract.transfers import csv_file, ended, flaws, send
from tests.faults.running import children

pytestmark = pytest.mark.heavy
MOST_GROWTH = 50 * 1024  # KiB
LIMIT = 300.0  # seconds, on a busy machine
ACCOUNT = {"email": "importer@example.com", "username": "importer", "password": "a password of the tests"}


@pytest.mark.parametrize(("rows", "bad"), [(40_000, 40), pytest.param(100_000, 100, marks=pytest.mark.long)])
def test_an_import_is_watched_and_memory_stays_flat(database_url: str, tmp_path: Path, rows: int, bad: int) -> None:
    made = csv_file(rows, bad)
    with items_served(database_url, tmp_path) as (serving, client):
        ended(client, send(client, csv_file(2000, 2, name="Warm").content), within=LIMIT)  # all code is loaded
        worker, web = process_of(serving, b"worker"), process_of(serving, b"spawn_main")
        before, web_before = begin_measuring(worker), begin_measuring(web)
        began = time.monotonic()
        path = send(client, made.content)
        seen = set()
        while (job := client.get(path).json())["ended"] is None:
            seen.add((job["progress"] or {"done": 0})["done"])
            assert time.monotonic() - began < LIMIT
            time.sleep(0.05)
        seconds = time.monotonic() - began
        assert job["status"] == "succeeded", job
        assert len(seen - {0, rows}) >= 2, f"progress was not visible: {seen}"
        assert all(done % 1000 == 0 for done in seen)
        report = client.get(f"/items/imports/{job['id']}").json()
        assert (report["imported"], report["rejected"]) == (rows - bad, bad)
        assert flaws(client, job["id"]) == made.flaws
        assert owned(database_url, "Lamp") == rows - bad
        growth = peak(worker) - before

        exported = export(client)
        assert exported == 1 + (rows - bad) + 1998
        web_growth = peak(web) - web_before
    print(  # noqa: T201 - the figures of the full run
        f"\n{rows} rows in {seconds:.1f} s, {len(seen)} states of progress seen;"
        f" worker grew {growth / 1024:.1f} MiB, server {web_growth / 1024:.1f} MiB"
    )
    assert max(growth, web_growth) < MOST_GROWTH


def test_an_import_that_is_cancelled_leaves_whole_batches(database_url: str, tmp_path: Path) -> None:
    with items_served(database_url, tmp_path) as (_, client):
        path = send(client, csv_file(100_000, 100).content)
        eventually(lambda: (client.get(path).json()["progress"] or {"done": 0})["done"] > 3000, within=LIMIT)
        assert client.post(f"{path}/cancel").status_code == 200
        job = ended(client, path, within=LIMIT)
        report = client.get(f"/items/imports/{job['id']}").json()
        assert report["status"] == "cancelled"
        taken = report["imported"] + report["rejected"]
        assert 3000 < taken < 100_000
        assert taken % 1000 == 0
        assert owned(database_url, "Lamp") == report["imported"]


@pytest.mark.parametrize("kills", [3])
def test_an_import_whose_worker_is_killed_adds_each_row_once(database_url: str, tmp_path: Path, kills: int) -> None:
    rows, bad = 60_000, 60
    made = csv_file(rows, bad)
    with items_served(database_url, tmp_path) as (serving, client):
        path = send(client, made.content)
        for kill in range(1, kills + 1):
            enough = kill * rows // (kills + 2)
            eventually(lambda least=enough: owned(database_url, "Lamp") > least, within=LIMIT)
            os.kill(process_of(serving, b"worker"), signal.SIGKILL)
        job = ended(client, path, within=LIMIT)
        assert (job["status"], job["attempts"]) == ("succeeded", kills + 1)
        assert owned(database_url, "Lamp") == rows - bad
        assert flaws(client, job["id"]) == made.flaws


@contextmanager
def items_served(url: str, folder: Path, **more: str) -> Iterator[tuple[Serving, httpx.Client]]:
    """`portico serve items` with its job worker, and a client who has signed in."""
    settings = {"DATABASE_URL": url, "ITEMS_MODE": "sandbox", "JOB_LOST_AFTER": "1", "LOG_LEVEL": "ERROR", **more}
    with served(portico_serve("items"), folder=folder, **settings) as serving:
        client = serving.client
        assert client.post("/users", json=ACCOUNT).status_code == 201
        login = {name: ACCOUNT[name] for name in ("email", "password")}
        token = client.post("/auth/login", json=login).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield serving, client


def process_of(serving: Serving, word: bytes) -> int:
    """The child of the server with this word in its command line."""

    def find() -> int:
        for pid in children(serving.process.pid):
            if word in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        return 0

    pid: int = eventually(find, within=LIMIT)
    return pid


def begin_measuring(pid: int) -> int:
    """The memory of a process now, in KiB; from now on its peak is noted anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return memory(pid, "VmRSS")


def peak(pid: int) -> int:
    return memory(pid, "VmHWM")


def memory(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise AssertionError(f"{pid} has no {name}")


def export(client: httpx.Client) -> int:
    """How many lines there are, with the one that names the columns."""
    with client.stream("GET", "/items/export") as answer:
        return sum(1 for _ in answer.iter_lines())


def owned(url: str, name: str) -> int:
    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM items.items WHERE name LIKE %s"
        (count,) = connection.execute(query, [f"{name} %"]).fetchone() or (0,)
    return int(count)
