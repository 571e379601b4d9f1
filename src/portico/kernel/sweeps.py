"""Removing what has had its time: stored answers of old requests, jobs that ended long ago, old events."""

from collections.abc import Mapping
from typing import Any, LiteralString

from portico.kernel import outbox
from portico.kernel.database import Database
from portico.kernel.file_sweep import sweep_files
from portico.kernel.idempotency import LIFETIME_HOURS
from portico.kernel.job_runs import Run
from portico.kernel.jobs import Job

BATCH = 5000  # rows in one statement: each is short, so that nobody waits for its locks
FINAL = ["succeeded", "failed", "cancelled", "aborted"]


async def delete_in_batches(
    database: Database, *, table: LiteralString, due: LiteralString, params: Mapping[str, Any]
) -> int:
    """Delete the rows of a table that are due, a few at a time; answers how many they were. Safe to be killed."""
    deleted, last = 0, BATCH
    while last == BATCH:
        async with database.connection() as connection:
            cursor = await connection.execute(
                f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("
                f"SELECT ctid FROM {table} WHERE {due} LIMIT {BATCH} FOR UPDATE SKIP LOCKED))",
                params,
            )
        last = cursor.rowcount
        deleted += last
    return deleted


async def sweep_idempotency_keys(run: Run) -> None:
    await delete_in_batches(
        run.database,
        table="portico.idempotency_keys",
        due="created_at < now() - make_interval(hours => %(hours)s)",
        params={"hours": LIFETIME_HOURS},
    )


async def sweep_jobs(run: Run) -> None:
    """Jobs that ended JOB_KEPT_DAYS ago go, and with them their history, sheet and effects; dead letters too."""
    ended = 1
    while ended:
        async with run.database.connection() as connection:
            cursor = await connection.execute(
                f"""
                WITH ended AS (
                    DELETE FROM portico_queue.procrastinate_jobs WHERE id = ANY(ARRAY(
                        SELECT id FROM portico_queue.procrastinate_jobs AS job
                        WHERE status = ANY(%(final)s::portico_queue.procrastinate_job_status[])
                          AND (SELECT max(at) FROM portico_queue.procrastinate_events WHERE job_id = job.id)
                              < now() - make_interval(secs => %(age)s)
                        ORDER BY id LIMIT {BATCH}))
                    RETURNING id
                ), sheets AS (
                    DELETE FROM portico.jobs WHERE id IN (SELECT id FROM ended)
                ), effects AS (
                    DELETE FROM portico.job_effects WHERE job_id IN (SELECT id FROM ended)
                )
                SELECT id FROM ended
                """,
                {"final": FINAL, "age": run.runtime.settings.job_kept_days * 86400},
            )
        ended = cursor.rowcount


async def sweep_outbox(run: Run) -> None:
    async with run.database.connection() as connection:
        await outbox.sweep(connection)


async def sweep_webhooks(run: Run) -> None:
    """What was delivered goes after a week, like the events; dead letters and notes of what came in after 30 days."""
    for table, due in (
        ("portico.webhook_deliveries", "state = 'delivered' AND ended_at < now() - interval '7 days'"),
        ("portico.webhook_deliveries", "state = 'dead' AND ended_at < now() - interval '30 days'"),
        ("portico.webhook_receipts", "received_at < now() - interval '30 days'"),
        ("portico.tickets", "expires_at < now()"),
    ):
        await delete_in_batches(run.database, table=table, due=due, params={})


async def sweep_notifications(run: Run) -> None:
    await delete_in_batches(
        run.database, table="portico.notifications", due="created_at < now() - interval '90 days'", params={}
    )


KERNEL_JOBS = (
    Job(name="sweep_idempotency_keys", run=sweep_idempotency_keys, queue="sweeps", cron="7 * * * *"),
    Job(name="sweep_files", run=sweep_files, queue="sweeps", cron="27 * * * *"),
    Job(name="sweep_jobs", run=sweep_jobs, queue="sweeps", cron="17 * * * *"),
    Job(name="sweep_outbox", run=sweep_outbox, queue="sweeps", cron="47 * * * *"),
    Job(name="sweep_webhooks", run=sweep_webhooks, queue="sweeps", cron="57 * * * *"),
    Job(name="sweep_notifications", run=sweep_notifications, queue="sweeps", cron="2 * * * *"),
)
