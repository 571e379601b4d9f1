"""What waits to be done, for Prometheus: jobs, events that followers of the outbox have not taken, seals to make.

It stands in the database, once for all workers, so it is asked for when Prometheus asks and not counted.
"""

import asyncio

import psycopg
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from portico.kernel.database import Database, Row, fetch_all

LIMIT = 1.0  # seconds; then the answer does without these numbers

JOBS = """
    SELECT queue_name AS queue, CASE WHEN scheduled_at > now() AND status = 'todo' THEN 'later' ELSE status::text END
           AS status, count(*) AS count
    FROM portico_queue.procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY 1, 2"""

OUTBOX = """
    SELECT follower.app, follower.follower,
           coalesce(extract(epoch FROM clock_timestamp() - waiting.created_at), 0)::float AS lag
    FROM portico.outbox_cursors AS follower
    LEFT JOIN LATERAL (
        SELECT created_at FROM portico.outbox AS event
        WHERE event.app = follower.app AND (event.xid, event.id) > (follower.xid, follower.id)
        ORDER BY event.xid, event.id LIMIT 1
    ) AS waiting ON true"""

UNSEALED = "SELECT app, count(*) AS count FROM portico.events_to_seal GROUP BY app"


class Backlog:
    """Asks the database. Who asks meanwhile shares the answer, so a database that hangs costs one connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking: asyncio.Task[bytes] | None = None

    async def __call__(self) -> bytes:
        """The numbers in Prometheus' text form; none where the database does not answer."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        asking = self._asking
        await asyncio.wait({asking}, timeout=LIMIT)  # not cancelled: that would wait for the server, too
        return asking.result() if asking.done() else b""

    async def _ask(self) -> bytes:
        try:
            async with self._database.connection() as connection:
                return _shown(
                    jobs=await fetch_all(connection, JOBS),
                    followers=await fetch_all(connection, OUTBOX),
                    unsealed=await fetch_all(connection, UNSEALED),
                )
        except psycopg.Error:
            return b""


def _shown(*, jobs: list[Row], followers: list[Row], unsealed: list[Row]) -> bytes:
    registry = CollectorRegistry()
    waiting = Gauge("jobs_in_queue", "Jobs that wait, run or were given up.", ("queue", "status"), registry=registry)
    unsealing = Gauge("event_log_unsealed", "Events of the log that have no seal yet.", ("app",), registry=registry)
    for row in unsealed:
        unsealing.labels(row["app"]).set(row["count"])
    for row in jobs:
        waiting.labels(row["queue"], row["status"]).set(row["count"])
    lag = Gauge("outbox_lag_seconds", "Age of the next event of a follower.", ("app", "follower"), registry=registry)
    for row in followers:
        lag.labels(row["app"], row["follower"]).set(row["lag"])
    return generate_latest(registry)
