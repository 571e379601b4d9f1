"""One app on a scratch PostgreSQL, served as users run it: what the benchmarks of single apps have in common."""

import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import typer
from rich.console import Console

from benchmarks.portico_contestant import PROGRAM, environment, migrate
from benchmarks.postgres import ScratchPostgres
from benchmarks.servers import HOST, Contestant, Server, start

WARM_UP = 5
console = Console(width=None if sys.stdout.isatty() else 120)


@dataclass(frozen=True)
class Running:
    server: Server
    url: str
    """Of its database."""
    processes: tuple[int, ...]
    """The parents of all processes that work for it: the server's, and PostgreSQL's."""


@contextmanager
def serving(app: str, fill: Callable[[str], None]) -> Iterator[Running]:
    """The app with two workers and production settings, on a migrated database that `fill` has filled."""

    def prepare(url: str, folder: Path) -> None:
        migrate(url, folder)
        fill(url)

    def command(port: int) -> list[str]:
        return [str(PROGRAM), "serve", app, "--host", HOST, "--port", str(port), "--workers", "2", "--no-worker"]

    def surroundings(url: str, folder: Path) -> dict[str, str]:
        return {**environment(url, folder), "PORTICO_APPS": app}

    contestant = Contestant(app, app.capitalize(), prepare, command, surroundings, ready="/health/ready")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="portico-bench-", dir="/tmp") as scratch:
        folder = Path(scratch)
        folder.chmod(0o711)  # PostgreSQL runs as nobody below it when we are root.
        with ScratchPostgres(folder / "postgres") as postgres:
            url = postgres.create(f"bench_{app}")
            began = time.monotonic()
            server = start(contestant, url, folder / "portico")
            console.print(f"filled and started in {time.monotonic() - began:.0f} s")
            try:
                postmaster = int(next(folder.rglob("postmaster.pid")).read_text().split()[0])
                yield Running(server, url, (server.process.pid, postmaster))
            finally:
                server.stop()


def fill_by(url: str, statements: Sequence[str], values: Mapping[str, Any]) -> None:
    """Run these statements with these values in one transaction, and have PostgreSQL look at what is there then."""
    with psycopg.connect(url) as connection, psycopg.ClientCursor(connection) as cursor:
        for statement in statements:
            cursor.execute(statement.encode(), values)
    analyze(url)


def analyze(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


async def timed(call: Callable[[], Awaitable[Any]], rounds: int) -> list[float]:
    """The milliseconds of each call but the first few."""
    times = []
    for _ in range(WARM_UP + rounds):
        began = time.perf_counter()
        await call()
        times.append((time.perf_counter() - began) * 1000)
    return times[WARM_UP:]


def cpu_ms(parents: tuple[int, ...]) -> float:
    """Of these processes and all that they have started."""
    found = [
        process for parent in parents for process in (psutil.Process(parent), *psutil.Process(parent).children(True))
    ]
    return sum(1000 * (times.user + times.system) for times in (process.cpu_times() for process in found))


def end_above(slowest: float, needed_ms: float) -> None:
    """End with 1 if an answer took longer than it may."""
    if slowest > needed_ms:
        console.print(f"[bold red]Above {needed_ms:g} ms.[/]")
        raise typer.Exit(1)
