"""One try of a job: what its function gets, and what becomes of the job when it raises."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from portico.kernel.database import Database, fetch_one
from portico.kernel.errors import Problem
from portico.kernel.job_metrics import count_job
from portico.kernel.jobs import RegisteredJob
from portico.kernel.runtime import Runtime
from portico.kernel.tenancy import ARGUMENT, acting_for
from portico.kernel.tracing import span, tracing
from portico.kernel.transaction import Transaction

PROGRESS_EVERY = 0.25  # seconds: whoever watches asks no faster
WORTH_ANOTHER_TRY = frozenset((408, 409, 429))
log = structlog.get_logger("portico.jobs")


@dataclass
class Run:
    """What a job's function gets first. Nothing here is open unless asked for."""

    id: int
    app: str
    name: str
    runtime: Runtime
    _told: float = field(default=0.0, init=False)

    @property
    def database(self) -> Database:
        return self.runtime.database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that is committed at the end of the block. Keep it short: progress is seen between them."""
        write = Transaction(self.database)
        try:
            yield write
            await write.commit()
        finally:
            await write.close()

    async def once(self, write: Transaction, step: str = "") -> bool:
        """Whether this step of the job is still to be done; true for one transaction that commits, ever.

        Ask at the start of the transaction that has the effect. A job may run twice, even at the same time, when its
        worker is lost or only silent: the second one waits here for the first one's end.
        """
        row = await fetch_one(
            await write.connection(),
            """
            INSERT INTO portico.job_effects (job_id, step) VALUES (%(id)s, %(step)s)
            ON CONFLICT DO NOTHING RETURNING job_id
            """,
            {"id": self.id, "step": step},
        )
        return row is not None

    async def has_done(self, write: Transaction, step: str = "") -> bool:
        """Whether this step is done: also where the job runs again, since its worker died before it could say so."""
        row = await fetch_one(
            await write.connection(),
            "SELECT job_id FROM portico.job_effects WHERE job_id = %(id)s AND step = %(step)s",
            {"id": self.id, "step": step},
        )
        return row is not None

    async def progress(self, done: int, total: int) -> None:
        """Show how far the job is. Others see it at once, whatever becomes of the transaction that is open."""
        now = time.monotonic()
        if done < total and now - self._told < PROGRESS_EVERY:
            return
        self._told = now
        async with self.database.connection() as connection:
            await connection.execute(
                "UPDATE portico.jobs SET done = %(done)s, total = %(total)s WHERE id = %(id)s",
                {"id": self.id, "done": done, "total": total},
            )


class TryAgain(Exception):
    """The job is to be run again at this time."""

    def __init__(self, at: datetime) -> None:
        super().__init__("to be tried again")
        self.at = at


class Pointless(Exception):
    """A job raises it where what it was for is gone. It ends as if it had been cancelled; the message says why."""


class GivenUp(Exception):
    """The job is a dead letter: an operator may look at it and queue it again."""


async def run_once(found: RegisteredJob, run: Run, args: Mapping[str, Any]) -> None:
    """One try. Raises `TryAgain`, `GivenUp` or `Pointless` where it fails, after the reason was written down."""
    given = {name: value for name, value in args.items() if name != ARGUMENT}
    with span(f"job {found.name}", parent=await _origin(run)), acting_for(args.get(ARGUMENT)):
        await _run_once(found, run, given)


async def _run_once(found: RegisteredJob, run: Run, args: Mapping[str, Any]) -> None:
    began = time.perf_counter()
    outcome = "cancelled"  # by its owner, or because the worker is told to stop
    try:
        async with asyncio.timeout(found.job.timeout):
            await found.job.run(run, **args)
        outcome = "succeeded"
    except Pointless as why:
        await _explain(run, str(why))
        raise
    except Exception as error:
        failed = await _after(error, found, run)
        outcome = "failed" if isinstance(failed, GivenUp) else "to be tried again"
        if not isinstance(error, Problem):
            log.exception("job failed", job=found.name, id=run.id)
        raise failed from error
    finally:
        seconds = time.perf_counter() - began
        count_job(found.name, outcome, seconds)
        log.info("job", job=found.name, id=run.id, outcome=outcome, duration=round(seconds, 3))


async def _origin(run: Run) -> str | None:
    """The span that queued the job."""
    if tracing.spans is None:
        return None
    async with run.database.connection() as connection:
        row = await fetch_one(connection, "SELECT traceparent FROM portico.jobs WHERE id = %(id)s", {"id": run.id})
    return row["traceparent"] if row else None


async def _explain(run: Run, why: str) -> None:
    async with run.database.connection() as connection:
        await connection.execute(
            "UPDATE portico.jobs SET error = %(why)s WHERE id = %(id)s", {"id": run.id, "why": why}
        )


async def _after(error: Exception, found: RegisteredJob, run: Run) -> TryAgain | GivenUp:
    """Write down what went wrong, and decide how it goes on."""
    async with run.database.connection() as connection:
        row = await fetch_one(
            connection,
            """
            INSERT INTO portico.jobs AS j (id, app, name, failures, error)
            VALUES (%(id)s, %(app)s, %(name)s, 1, %(error)s)
            ON CONFLICT (id) DO UPDATE SET failures = j.failures + 1, error = excluded.error
            RETURNING failures, clock_timestamp() AS now
            """,
            {"id": run.id, "app": found.app, "name": found.name, "error": reason(error)},
        )
    failures: int = row["failures"] if row else 1
    policy = found.job.retry
    if row is None or failures >= policy.attempts or _is_final(error):
        return GivenUp()
    chance = random.random()  # noqa: S311 - spreads load, guards nothing
    return TryAgain(row["now"] + timedelta(seconds=policy.wait(failures, chance=chance)))


def reason(error: Exception) -> str:
    """What the job's owner may read of an error: the words of our own kinds, of others the kind alone.

    The message of a foreign exception may quote a row, a password or an address; it stands in the log.
    """
    if isinstance(error, TimeoutError):
        return "It took too long."
    return error.text if isinstance(error, Problem) else f"It failed: {type(error).__name__}."


def _is_final(error: Exception) -> bool:
    """A rule has refused; the same again would be refused again."""
    return isinstance(error, Problem) and error.status < 500 and error.status not in WORTH_ANOTHER_TRY
