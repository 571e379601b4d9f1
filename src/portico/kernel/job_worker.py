"""The worker: takes jobs from the queue and runs them, beside others on any number of machines.

procrastinate fetches, listens and finishes. Ours is what happens around one try, and the sweep that brings back the
jobs of workers that were killed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job as QueuedJob
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker

from portico.kernel.database import CONNECT_TIMEOUT, JOB_LIMITS, connection_options, conninfo
from portico.kernel.job_runs import Pointless, Run, TryAgain, run_once
from portico.kernel.job_sweep import Sweep
from portico.kernel.job_tables import QUEUE_SCHEMA
from portico.kernel.jobs import RegisteredJob
from portico.kernel.runtime import Runtime

POLL_EVERY = 2.0  # seconds: new jobs are notified; those whose time has come and those brought back are not
RECONNECT_EVERY = 1.0  # seconds
INSIST_EVERY = 5.0  # seconds
QUEUE_CONNECTIONS = 3  # that listens, that the heart beats on, that fetches and finishes
log = structlog.get_logger("portico.jobs")


class JobWorker:
    """Runs the jobs of some apps, whatever becomes of the database meanwhile."""

    def __init__(self, jobs: Mapping[str, RegisteredJob], runtime: Runtime, url: str) -> None:
        self._jobs = jobs
        self._runtime = runtime
        self._url = url
        self._running: set[int] = set()
        self._task: asyncio.Task[Any] | None = None
        self._is_stopping = False
        _quieten()

    async def run(self) -> None:
        """Work until `stop` is called."""
        await self._runtime.open()
        self._task = asyncio.current_task()
        try:
            while not self._is_stopping:
                with _restarting_when_lost():
                    await self._until_database_is_lost()
                await asyncio.sleep(RECONNECT_EVERY)
        except asyncio.CancelledError:
            if not self._is_stopping:
                raise
        finally:
            self._task = None
            await self._runtime.close()

    def stop(self) -> None:
        """Take no more jobs, and wait JOB_DRAIN_SECONDS for those that run; what is left then runs again elsewhere."""
        if self._task is not None and not self._is_stopping:
            self._task.cancel()
            self._insist_later()
        self._is_stopping = True

    def _insist_later(self) -> None:
        asyncio.get_running_loop().call_later(INSIST_EVERY, self._insist)

    def _insist(self) -> None:
        """Cancel what has not ended and has no job to wait for.

        `asyncio.wait_for`, by which procrastinate and the pool wait, drops a cancellation that comes together with what
        it waits for, before Python 3.12.
        """
        if self._task is not None:
            if not self._running:
                self._task.cancel()
            self._insist_later()

    async def _until_database_is_lost(self) -> None:
        settings = self._runtime.settings
        async with self._queue().open_async() as queue:
            worker = Worker(
                queue,
                queues=sorted({found.queue for found in self._jobs.values()}),
                concurrency=settings.job_concurrency,
                fetch_job_polling_interval=POLL_EVERY,
                abort_job_polling_interval=POLL_EVERY,
                shutdown_graceful_timeout=settings.job_drain_seconds,
                update_heartbeat_interval=settings.job_lost_after / 5,
                stalled_worker_timeout=settings.job_lost_after,
                install_signal_handlers=False,
            )
            sweep = Sweep(self._runtime.database, lost_after=settings.job_lost_after)
            beside = [
                asyncio.create_task(sweep.run(lambda: worker.worker_id, self._running), name="sweep"),
                asyncio.create_task(_heart(queue, worker, settings.job_lost_after / 5), name="heart"),
            ]
            try:
                await worker.run()  # type: ignore[no-untyped-call]
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)

    def _queue(self) -> procrastinate.App:
        limits = {**JOB_LIMITS, "search_path": QUEUE_SCHEMA}
        connector = procrastinate.PsycopgConnector(
            conninfo=conninfo(self._url),
            min_size=1,
            max_size=QUEUE_CONNECTIONS,
            timeout=CONNECT_TIMEOUT,
            kwargs={"options": connection_options(limits), "connect_timeout": CONNECT_TIMEOUT},
        )
        queue = procrastinate.App(connector=connector)
        for found in self._jobs.values():
            function: Any = self._function(found)
            register = queue.task(name=found.name, queue=found.queue, retry=_AsDecided(), pass_context=True)
            task: Any = register(function)
            if found.job.cron is not None:
                queue.periodic(cron=found.job.cron)(task)
        return queue

    def _function(self, found: RegisteredJob) -> Callable[..., Awaitable[None]]:
        async def task(context: procrastinate.JobContext, **args: Any) -> None:
            if found.job.cron is not None:
                args.pop("timestamp", None)  # procrastinate's: when it was due
            job_id = context.job.id or 0
            self._running.add(job_id)
            try:
                run = Run(id=job_id, app=found.app, name=found.name, runtime=self._runtime)
                await run_once(found, run, args)
            except Pointless:
                raise JobAborted from None
            except asyncio.CancelledError:
                if context.abort_reason() is AbortReason.USER_REQUEST:
                    raise JobAborted from None
                raise
            finally:
                self._running.discard(job_id)

        return task


async def _heart(queue: procrastinate.App, worker: Worker, every: float) -> None:
    """procrastinate's own heart stops when it is told to stop. Jobs have JOB_DRAIN_SECONDS then, and are not lost."""
    while True:
        await asyncio.sleep(every)
        if worker.worker_id is not None:
            with suppress(ConnectorException):
                await queue.job_manager.update_heartbeat(worker.worker_id)


class _AsDecided(BaseRetryStrategy):
    """`run_once` has decided, unless something has cut it short."""

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        match exception:
            case TryAgain():
                return RetryDecision(retry_at=exception.at)
            case asyncio.CancelledError():  # by the worker's own end: it runs again at once, elsewhere
                return RetryDecision()
            case psycopg.OperationalError():  # the database was out: what went wrong could not be written down
                return RetryDecision(retry_in={"seconds": int(POLL_EVERY)})
            case _:
                return None


@contextmanager
def _restarting_when_lost() -> Iterator[None]:
    """Log what procrastinate or the driver raises when the database is out, and go on."""
    reason = "stopped by procrastinate"
    try:
        yield
    except (ConnectorException, psycopg.Error) as error:
        reason = type(error).__name__
    log.warning("the worker has lost the database and starts anew", reason=reason)


def _quieten() -> None:
    """procrastinate's lines about jobs quote their arguments. Ours, in `job_runs`, do not."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    lines = logging.getLogger("procrastinate.worker")
    if _quotes_no_job not in lines.filters:
        lines.addFilter(_quotes_no_job)


def _quotes_no_job(record: logging.LogRecord) -> bool:
    return not hasattr(record, "job")
