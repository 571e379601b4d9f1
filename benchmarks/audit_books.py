"""`python -m benchmarks.audit_books`: how long a ledger of 200,000 lines takes to be imported and tested.

The books are made up from a seed, with anomalies, and sent as SAF-T and as CSV over real HTTP to one server as users
run it, with its job worker beside it and production settings. Memory is that of the worker and of the child process
that reads the file, looked at ten times a second.
"""

import io
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any

import httpx
import psutil
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.portico_contestant import PROGRAM, environment, migrate
from benchmarks.postgres import ScratchPostgres
from benchmarks.servers import HOST, Contestant, Server, start
from portico.apps.audit.sample.book_files import write_csv, write_saft
from portico.apps.audit.sample.books import PLANTED, books
from portico.apps.audit.sample.entries import Books
from portico.identity.public import hash_now

EMAIL, PASSWORD = "lead@example.com", "a password of the benchmark"
SEED = 1
IMPORTED_IN, TESTED_IN = 60.0, 30.0  # seconds
console = Console(width=None if sys.stdout.isatty() else 120)

ADD_USER = """
    INSERT INTO audit.users (email, username, pwd_hash, role, first_name, last_name)
    VALUES (%(email)s, %(email)s, %(pwd_hash)s, 'engagement_lead', 'Lea', 'Lead')"""


def main(lines: Annotated[int, typer.Option(min=1000, help="Lines of the ledger.")] = 200_000) -> None:
    """Measure, print the tables, and end with 1 if something took longer than it may."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="portico-bench-", dir="/tmp") as scratch:
        folder = Path(scratch)
        folder.chmod(0o711)  # PostgreSQL runs as nobody below it when we are root.
        with ScratchPostgres(folder / "postgres") as postgres:
            server = start(AUDIT, postgres.create("bench_audit"), folder / "portico")
            try:
                planted = {**PLANTED, "benford": lines // 100}  # fewer do not stand out among so many
                is_quick = measured(server, books(SEED, lines, planted))
            finally:
                server.stop()
    if not is_quick:
        console.print(f"[bold red]Longer than {IMPORTED_IN:g} s for an import, or {TESTED_IN:g} s for the tests.[/]")
        raise typer.Exit(1)


def _prepare(url: str, folder: Path) -> None:
    migrate(url, folder)
    with psycopg.connect(url) as connection:
        connection.execute(ADD_USER, {"email": EMAIL, "pwd_hash": hash_now(PASSWORD)})


def _surroundings(url: str, folder: Path) -> dict[str, str]:
    return {**environment(url, folder), "PORTICO_APPS": "audit"}


def _command(port: int) -> list[str]:
    return [str(PROGRAM), "serve", "audit", "--host", HOST, "--port", str(port), "--workers", "1"]


AUDIT = Contestant("audit", "Audit", _prepare, _command, _surroundings, ready="/health/ready")


def measured(server: Server, made_up: Books) -> bool:
    """Print the tables; answers whether everything was as quick as it has to be."""
    title = f"{made_up.lines:,} lines in {len(made_up.entries):,} entries"
    imports = Table("", "MB", "s", "progress seen", "worker MiB", "reader MiB", title=title)
    with httpx.Client(base_url=f"http://{server.host}/api/v1", timeout=300) as client:
        engagement = _engagement(client)
        slowest, ledger_id = 0.0, 0
        for name, write in (("ledger.xml", write_saft), ("ledger.csv", write_csv)):
            content = _written(write, made_up)
            with _watched(server.process.pid) as memory:
                seconds, seen, ledger_id = _import(client, engagement, name, content)
            slowest = max(slowest, seconds)
            imports.add_row(
                f"import of {name}", f"{len(content) / 1e6:.1f}", f"{seconds:.1f}", f"{seen} steps",
                f"{memory.before:.0f} to {memory.worker:.0f}", f"{memory.reader:.0f}",
            )  # fmt: skip
        console.print(imports)
        tested = _test(client, ledger_id, made_up, server.process.pid)
    return slowest <= IMPORTED_IN and tested <= TESTED_IN


def _engagement(client: httpx.Client) -> int:
    tokens = client.post("/auth/login", json={"email": EMAIL, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {tokens.json()['access_token']}"
    company = client.post("/clients", json={"name": "Benchmark"}).json()
    body = {"client_id": company["id"], "name": "Audit", "period_start": "2025-01-01", "period_end": "2025-12-31"}
    number: int = client.post("/engagements", json=body).raise_for_status().json()["id"]
    client.post(f"/engagements/{number}/start").raise_for_status()
    return number


def _written(write: Callable[[Books, Any], None], made_up: Books) -> bytes:
    target = io.StringIO(newline="")
    write(made_up, target)
    return target.getvalue().encode()


def _import(client: httpx.Client, engagement: int, name: str, content: bytes) -> tuple[float, int, int]:
    """Seconds from the upload's begin to the books' end, how many steps of progress were seen, and the ledger."""
    began = time.perf_counter()
    files = {"file": (name, content, "application/octet-stream")}
    queued = client.post("/ledgers/import", data={"engagement": engagement}, files=files).raise_for_status().json()
    steps = _waited(client, queued["job_id"])
    seconds = time.perf_counter() - began
    ledger = client.get(f"/ledgers/{queued['ledger_id']}").raise_for_status().json()
    if ledger["state"] != "imported":
        raise RuntimeError(ledger["reason"])
    return seconds, steps, ledger["id"]


def _test(client: httpx.Client, ledger_id: int, made_up: Books, server: int) -> float:
    """Run each test alone, then all of them in one job; answers what that took."""
    table = Table("test", "s", "found", title="Tests, each in a job of its own")
    names: list[str] = []
    for name in sorted({each.test for each in made_up.planted}):
        seconds, found = _run(client, ledger_id, [name], made_up)
        table.add_row(name, f"{seconds:.1f}", f"{found[name]:,}")
        names.append(name)
    with _watched(server) as memory:
        seconds, _ = _run(client, ledger_id, names, made_up)
    table.add_row("all in one job", f"{seconds:.1f}", "")
    console.print(table)
    console.print(f"Worker meanwhile: {memory.worker:.0f} MiB.")
    began = time.perf_counter()
    client.get(f"/ledgers/{ledger_id}/benford", params={"digits": "first_two"}).raise_for_status()
    console.print(f"GET /ledgers/{ledger_id}/benford: {1000 * (time.perf_counter() - began):.0f} ms.")
    return seconds


def _run(client: httpx.Client, ledger_id: int, names: list[str], made_up: Books) -> tuple[float, dict[str, int]]:
    began = time.perf_counter()
    body = {"tests": names, "parameters": made_up.parameters}
    queued = client.post(f"/ledgers/{ledger_id}/tests", json=body).raise_for_status().json()
    _waited(client, queued["job_id"])
    seconds = time.perf_counter() - began
    runs = client.get(f"/ledgers/{ledger_id}/test-runs", params={"limit": 100}).raise_for_status().json()["items"]
    return seconds, {run["test"]: run["found"] for run in reversed(runs)}


def _waited(client: httpx.Client, job_id: int) -> int:
    """Wait for a job's end; answers how many steps of its progress were seen. Raises `RuntimeError`."""
    seen = set()
    while True:
        job = client.get(f"/jobs/{job_id}").raise_for_status().json()
        seen.add((job["progress"] or {}).get("done"))
        if job["ended"]:
            if job["status"] != "succeeded":
                raise RuntimeError(f"{job['status']}: {job['error']}")
            return len(seen - {None})
        time.sleep(0.1)


@dataclass
class Memory:
    """The most that was seen, in MiB. `before` is the worker's at the start."""

    before: float = 0.0
    worker: float = 0.0
    reader: float = 0.0
    _end: Event = field(default_factory=Event)


@contextmanager
def _watched(server: int) -> Iterator[Memory]:
    memory = Memory()
    thread = Thread(target=_watch, args=(server, memory))
    thread.start()
    try:
        yield memory
    finally:
        memory._end.set()
        thread.join()


def _watch(server: int, memory: Memory) -> None:
    while not memory._end.wait(0.1):
        with suppress(psutil.Error):
            for process in psutil.Process(server).children(recursive=True):
                command, size = process.cmdline(), process.memory_info().rss / 2**20
                if command[-1:] == ["worker"]:
                    memory.before = memory.before or size
                    memory.worker = max(memory.worker, size)
                elif any("ledgers.process" in part for part in command):
                    memory.reader = max(memory.reader, size)


if __name__ == "__main__":
    typer.run(main)
