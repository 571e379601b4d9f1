"""An app with jobs, and a worker of it in a process of its own: `python -m tests.kernel.job_worker`."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg

from portico import worker
from portico.kernel.database import Database
from portico.kernel.errors import Conflict, NotFound
from portico.kernel.job_runs import Run
from portico.kernel.jobs import Job, Retry, enqueue, jobs_of, register
from portico.kernel.logging import configure
from portico.kernel.transaction import Transaction
from tests.commands import environment, eventually
from tests.kernel.tiny import notes
from tests.servers import settings_of
from tests.whole.project import ROOT

T = TypeVar("T")
QUICK = {"JOB_LOST_AFTER": "1", "JOB_CONCURRENCY": "4", "JOB_DRAIN_SECONDS": "0.5"}


async def write_note(run: Run, *, number: int, took: float = 0.0) -> None:
    """The pattern of the documentation: the mark and the effect in one transaction."""
    await asyncio.sleep(took)
    async with run.transaction() as write:
        if await run.once(write):
            connection = await write.connection()
            # No primary key would notice a second effect: the name counts them.
            await connection.execute(
                """
                INSERT INTO tiny.notes (id, name) VALUES (%(id)s, 'x' || %(id)s)
                ON CONFLICT (id) DO UPDATE SET name = 'twice ' || excluded.name
                """,
                {"id": number},
            )


async def fail(run: Run, *, final: bool) -> None:
    raise (NotFound("It is gone.") if final else ValueError("the canary sings"))


async def count(run: Run, *, to: int, step: float) -> None:
    for done in range(to):
        await run.progress(done, to)
        await asyncio.sleep(step)
    await run.progress(to, to)


async def conflict(run: Run) -> None:
    raise Conflict("Come back later.")


JOBS = (
    Job(name="note", run=write_note),
    Job(name="fail", run=fail, retry=Retry(attempts=3, first=0.01)),
    Job(name="count", run=count),
    Job(name="hang", run=count, timeout=0.2, retry=Retry(attempts=1)),
    Job(name="conflict", run=conflict, retry=Retry(attempts=2, first=0.01)),
)
register("tiny", JOBS)


@contextmanager
def working(url: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of the app's jobs in a process of its own; asked to leave at the end."""
    process = start(url, **settings)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def start(url: str, **settings: str) -> subprocess.Popen[bytes]:
    known = environment(DATABASE_URL=url, ENVIRONMENT="testing", LOG_LEVEL="ERROR", **{**QUICK, **settings})
    known["PYTHONPATH"] += os.pathsep + str(ROOT)
    return subprocess.Popen([sys.executable, "-m", "tests.kernel.job_worker"], env=known)


def in_transaction(url: str, work: Callable[[Transaction], Coroutine[Any, Any, T]], *, commit: bool = True) -> T:
    """Do the work in a transaction as a request does."""

    async def run() -> T:
        database = Database(url, pool_size=1)
        await database.open()
        transaction = Transaction(database)
        try:
            result = await work(transaction)
            if commit:
                await transaction.commit()
            return result
        finally:
            await transaction.close()
            await database.close()

    return asyncio.run(run())


def queue(url: str, name: str, *, commit: bool = True, **args: Any) -> int:
    return in_transaction(url, lambda transaction: enqueue(transaction, name, owner="7", **args), commit=commit)


async def queue_notes(transaction: Transaction, number: int) -> None:
    for each in range(number):
        await enqueue(transaction, "tiny.note", number=each, took=0.1)


def wait_for_notes(url: str, number: int) -> None:
    eventually(lambda: len(notes(url)) >= number, within=60)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def statuses(url: str) -> dict[str, int]:
    """How many jobs there are of each status."""
    query = "SELECT status::text, count(*) FROM portico_queue.procrastinate_jobs GROUP BY 1"
    with psycopg.connect(url) as connection:
        return dict(connection.execute(query).fetchall())


def settled(url: str, *, within: float) -> dict[str, int]:
    """Wait until no job waits or runs."""
    deadline = time.monotonic() + within
    while {"todo", "doing"} & (found := statuses(url)).keys():
        assert time.monotonic() < deadline, f"{found} after {within} s, notes: {len(notes(url))}"
        time.sleep(0.05)
    return found


if __name__ == "__main__":
    settings = settings_of(
        os.environ["DATABASE_URL"],
        log_level=os.environ["LOG_LEVEL"],
        job_lost_after=float(os.environ["JOB_LOST_AFTER"]),
        job_concurrency=int(os.environ["JOB_CONCURRENCY"]),
        job_drain_seconds=float(os.environ["JOB_DRAIN_SECONDS"]),
    )
    configure(settings)
    worker.run(jobs_of(["tiny"]), settings, os.environ["DATABASE_URL"])
