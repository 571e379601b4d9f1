"""Bringing back the jobs of workers that were lost: killed, cut off, or stopped while they wrote a job's end."""

import asyncio
from collections.abc import Callable, Set

import psycopg
import structlog

from portico.kernel.database import Connection, Database, fetch_all

MOST_LOSSES = 10
"""A job that was under way in so many lost workers is thought to be the reason."""
LONGEST_PAUSE = 30  # seconds
log = structlog.get_logger("portico.jobs")

BRING_BACK = """
    WITH lost AS (
        SELECT job.id FROM portico_queue.procrastinate_jobs AS job
        LEFT JOIN portico_queue.procrastinate_workers AS worker ON worker.id = job.worker_id
        WHERE job.status = 'doing'
          AND (worker.id IS NULL OR job.id = ANY(%(orphans)s)
               OR worker.last_heartbeat < now() - make_interval(secs => %(lost_after)s))
        FOR UPDATE OF job SKIP LOCKED
    ), noted AS (
        INSERT INTO portico.jobs AS sheet (id, app, name, losses)
        SELECT id, split_part(task_name, '.', 1), task_name, 1
        FROM portico_queue.procrastinate_jobs JOIN lost USING (id)
        ON CONFLICT (id) DO UPDATE SET
            losses = sheet.losses + 1,
            error = CASE WHEN sheet.losses + 1 >= %(most)s THEN 'Its worker was lost too often.' ELSE sheet.error END
        RETURNING id, losses
    )
    UPDATE portico_queue.procrastinate_jobs AS job
    SET status = (CASE WHEN job.abort_requested THEN 'aborted' WHEN noted.losses >= %(most)s THEN 'failed'
                       ELSE 'todo' END)::portico_queue.procrastinate_job_status,
        abort_requested = false,
        attempts = job.attempts + 1,
        -- At once the first time. Then later and later: where workers die in a row, the oldest jobs would be under way
        -- in each of them and be taken for the reason.
        scheduled_at = CASE WHEN noted.losses > 1
                            THEN now() + make_interval(secs => least(2 ^ (noted.losses - 1), %(longest_pause)s))
                            ELSE job.scheduled_at END
    FROM noted WHERE noted.id = job.id
    RETURNING job.id, job.task_name AS name, job.status::text AS status"""


class Sweep:
    """The sweep of one worker. Any number of them may run at once: each lost job is brought back once."""

    def __init__(self, database: Database, *, lost_after: float) -> None:
        self._database = database
        self._lost_after = lost_after
        self._suspects: Set[int] = frozenset()

    async def run(self, worker_id: Callable[[], int | None], running: Set[int]) -> None:
        """Sweep every `lost_after` seconds, until cancelled."""
        while True:
            await asyncio.sleep(self._lost_after)
            try:
                async with self._database.connection() as connection:
                    await self.once(connection, worker_id(), running)
            except psycopg.Error as error:
                log.warning("the sweep of lost jobs failed", error=type(error).__name__)

    async def once(self, connection: Connection, worker_id: int | None = None, running: Set[int] = frozenset()) -> int:
        """Bring back what is lost; answers how many jobs that are."""
        orphans = await self._orphans(connection, worker_id, running)
        params = {
            "orphans": list(orphans),
            "lost_after": self._lost_after,
            "most": MOST_LOSSES,
            "longest_pause": LONGEST_PAUSE,
        }
        rows = await fetch_all(connection, BRING_BACK, params)
        for row in rows:
            log.warning("job brought back from a lost worker", job=row["name"], id=row["id"], status=row["status"])
        return len(rows)

    async def _orphans(self, connection: Connection, worker_id: int | None, running: Set[int]) -> Set[int]:
        """Jobs that are this worker's own and that it has not run for two sweeps: their end could not be written."""
        rows = await fetch_all(
            connection,
            "SELECT id FROM portico_queue.procrastinate_jobs WHERE status = 'doing' AND worker_id = %(worker)s",
            {"worker": worker_id},
        )
        idle = frozenset(row["id"] for row in rows) - running
        orphans = idle & self._suspects
        self._suspects = idle
        return orphans
