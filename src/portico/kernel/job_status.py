"""What is known of a job, and its end before its time. The queue's own history says when it was begun and ended."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.errors import Conflict, NotFound

SELECT = """
    SELECT
        job.id,
        job.task_name AS name,
        CASE WHEN job.status = 'todo' THEN 'queued'
             WHEN job.status = 'doing' AND job.abort_requested THEN 'cancelling'
             WHEN job.status = 'doing' THEN 'running'
             WHEN job.status = 'aborted' THEN 'cancelled'
             ELSE job.status::text END AS status,
        CASE WHEN sheet.total IS NOT NULL
             THEN jsonb_build_object('done', sheet.done, 'total', sheet.total) END AS progress,
        sheet.error,
        history.created,
        history.started,
        CASE WHEN job.status NOT IN ('todo', 'doing') THEN history.ended END AS ended,
        history.attempts
    FROM portico_queue.procrastinate_jobs AS job
    JOIN portico.jobs AS sheet USING (id)
    CROSS JOIN LATERAL (
        SELECT min(at) FILTER (WHERE type = 'deferred') AS created,
               max(at) FILTER (WHERE type = 'started') AS started,
               max(at) FILTER (WHERE type IN ('succeeded', 'failed', 'cancelled', 'aborted')) AS ended,
               count(*) FILTER (WHERE type = 'started') AS attempts
        FROM portico_queue.procrastinate_events WHERE job_id = job.id
    ) AS history"""


class NoSuchJob(NotFound):
    message = "No such job"


class HasEnded(Conflict):
    message = "The job has already ended."


async def show(connection: Connection, job_id: int, *, app: str, owner: str) -> Row:
    """A job of this owner. Raises `NoSuchJob`, also where it is somebody else's."""
    row = await fetch_one(
        connection,
        f"{SELECT} WHERE sheet.id = %(id)s AND sheet.app = %(app)s AND sheet.owner = %(owner)s",
        {"id": job_id, "app": app, "owner": owner},
    )
    if row is None:
        raise NoSuchJob
    return row


async def cancel(connection: Connection, job_id: int, *, app: str, owner: str) -> Row:
    """End a job of this owner: at once where it waits, within seconds where it runs. Again, it changes nothing.

    Raises `NoSuchJob`, and `HasEnded` where it came to another end.
    """
    await connection.execute(
        """
        SELECT portico_queue.procrastinate_cancel_job_v1(id, true, false) FROM portico.jobs
        WHERE id = %(id)s AND app = %(app)s AND owner = %(owner)s
        """,
        {"id": job_id, "app": app, "owner": owner},
    )
    row = await show(connection, job_id, app=app, owner=owner)
    if row["status"] in ("succeeded", "failed"):
        raise HasEnded
    return row


async def dead_letters(connection: Connection, *, limit: int = 100) -> list[dict[str, Any]]:
    """The jobs that were given up, the newest first."""
    return await fetch_all(
        connection, f"{SELECT} WHERE job.status = 'failed' ORDER BY job.id DESC LIMIT %(limit)s", {"limit": limit}
    )


async def under_way(connection: Connection, name: str) -> list[dict[str, Any]]:
    """The arguments of all jobs of this name, `APP.JOB`, that wait or run."""
    rows = await fetch_all(
        connection,
        "SELECT args FROM portico_queue.procrastinate_jobs WHERE task_name = %(name)s AND status IN ('todo', 'doing')",
        {"name": name},
    )
    return [row["args"] for row in rows]


async def queue_again(connection: Connection, job_id: int) -> None:
    """Give a dead letter all its attempts again. Raises `NoSuchJob` where there is no such dead letter."""
    row = await fetch_one(
        connection,
        """
        WITH dead AS (
            UPDATE portico_queue.procrastinate_jobs SET status = 'todo', scheduled_at = NULL
            WHERE id = %(id)s AND status = 'failed' RETURNING id
        )
        UPDATE portico.jobs SET failures = 0, losses = 0 FROM dead WHERE jobs.id = dead.id RETURNING jobs.id
        """,
        {"id": job_id},
    )
    if row is None:
        raise NoSuchJob
