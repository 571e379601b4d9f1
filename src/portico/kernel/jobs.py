"""Jobs: work that is done after the request, by another process, and at least once.

An app registers its jobs; its services put them into the queue in the transaction that gives rise to them, so that a
job exists if and only if the rows of that transaction do.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from portico.kernel.database import fetch_one
from portico.kernel.tenancy import ARGUMENT, TENANT
from portico.kernel.tracing import traceparent
from portico.kernel.transaction import Transaction

KERNEL = "portico"
"""The app's name of the kernel's own jobs."""


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often a job is tried, and how long it waits in between: twice as long each time, less by a random part."""

    attempts: int = 5
    first: float = 2.0  # seconds
    most: float = 600.0  # seconds

    def wait(self, failures: int, *, chance: float) -> float:
        """Seconds until the next try. `chance` is between 0 and 1: jobs that failed together come back apart."""
        longest = min(self.most, self.first * 2.0 ** min(failures - 1, 60))
        return longest * (0.5 + chance / 2)


NEVER_AGAIN = Retry(attempts=1)


@dataclass(frozen=True, kw_only=True)
class Job:
    """The registration of a job. `run` takes a `portico.kernel.job_runs.Run`, then the arguments by name."""

    name: str
    run: Callable[..., Awaitable[None]]
    queue: str = "default"
    retry: Retry = field(default_factory=Retry)
    timeout: float = 300.0  # seconds, for one try
    cron: str | None = None
    """When it runs by itself, such as `7 * * * *`; such a job takes no arguments."""


@dataclass(frozen=True)
class RegisteredJob:
    """A job of an app, under the names that the queue has for them."""

    app: str
    job: Job

    @property
    def name(self) -> str:
        return f"{self.app}.{self.job.name}"

    @property
    def queue(self) -> str:
        """Each app has queues of its own: a worker takes no jobs of apps that it does not serve."""
        return f"{self.app}.{self.job.queue}"


class UnknownJob(Exception):
    """A mistake in the code: no app that is loaded in this process has registered the job."""


_known: dict[str, RegisteredJob] = {}


def register(app: str, jobs: Sequence[Job]) -> None:
    """Make an app's jobs known in this process. `portico.kernel.app.App` does it when it is made."""
    for job in jobs:
        found = RegisteredJob(app, job)
        _known[found.name] = found


def jobs_of(apps: Sequence[str]) -> Mapping[str, RegisteredJob]:
    """The registered jobs of these apps, by name."""
    return {name: found for name, found in _known.items() if found.app in apps}


async def enqueue(
    transaction: Transaction, name: str, /, *, owner: str | None = None, run_at: datetime | None = None, **args: Any
) -> int:
    """Put a job into the queue, in the caller's transaction; answers its id.

    `name` is `APP.JOB`. `owner` is whose job it is: the key of the caller that may ask for it and cancel it. The
    arguments are stored as JSON and can be read by operators: pass ids, never secrets. The job works for the tenant
    that the caller works for.
    Raises `UnknownJob`, and `TypeError` where the arguments are not the job's.
    """
    found = _known.get(name)
    if found is None:
        raise UnknownJob(name)
    inspect.signature(found.job.run).bind(None, **args)
    tenant = TENANT.get()
    if tenant is not None:
        args = {**args, ARGUMENT: tenant}
    row = await fetch_one(
        await transaction.connection(),
        """
        WITH queued AS (
            SELECT unnest(portico_queue.procrastinate_defer_jobs_v1(ARRAY[
                ROW(%(queue)s, %(name)s, 0, NULL, NULL, %(args)s, %(run_at)s::timestamptz)
                    ::portico_queue.procrastinate_job_to_defer_v1])) AS id
        )
        INSERT INTO portico.jobs (id, app, name, owner, traceparent)
        SELECT id, %(app)s, %(name)s, %(owner)s, %(traceparent)s FROM queued
        RETURNING id
        """,
        {
            "queue": found.queue, "name": name, "args": Jsonb(args), "run_at": run_at,
            "app": found.app, "owner": owner, "traceparent": traceparent(),
        },
    )  # fmt: skip
    assert row is not None  # noqa: S101 - an INSERT that raises nothing answers its row
    job_id: int = row["id"]
    return job_id
