"""Metrics for Prometheus.

Each worker counts for itself. With several of them prometheus-client keeps the numbers in files below
PROMETHEUS_MULTIPROC_DIR, which the parent of the workers makes before it starts them, and adds them up when asked.
"""

import asyncio
import hmac
import os
import resource
import struct
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from weakref import WeakSet

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from portico.kernel.backlog import Backlog
from portico.kernel.database import Database
from portico.kernel.metrics_folder import FOLDER_VARIABLE
from portico.kernel.plain_route import PlainRoute
from portico.kernel.settings import Settings

SAMPLE_EVERY = 2.0  # seconds
READS, READ_AGAIN = 3, 0.01  # times, seconds
SERVER = "server"
UNMATCHED = "unmatched"
"""The route of requests that no route answers: their paths are whatever strangers try."""

LABELS = ("app", "method", "route", "status")
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

requests_total = Counter("http_requests_total", "Requests answered.", LABELS)
request_seconds = Histogram("http_request_duration_seconds", "Time to the end of the answer.", LABELS)
pool_connections = Gauge(
    "database_pool_connections",
    "Connections of the pool (size, in_use, parked) and requests waiting for one.",
    ("process", "database", "state"),
    multiprocess_mode="livesum",
)
resident_bytes = Gauge("worker_resident_memory_bytes", "Memory of a worker.", ("process",), multiprocess_mode="liveall")
cache_reads = Counter("cache_reads_total", "Reads through the cache, by what came of them.", ("namespace", "outcome"))
replica_reads = Counter("replica_reads_total", "Reads that may be answered by the replica, by who did.", ("outcome",))

_sampled: WeakSet[Database] = WeakSet()


def count_request(app: str, method: str, route: str | None, status: int, seconds: float) -> None:
    """Count one answered request. `route` is its template, never the path itself: that would be a label a visitor."""
    total, duration = _children(app, method if method in METHODS else "other", route or UNMATCHED, status)
    total.inc()
    duration.observe(seconds)


@cache
def _children(app: str, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    labels = (app, method, route, str(status))
    return requests_total.labels(*labels), request_seconds.labels(*labels)


def count_cache_read(namespace: str, outcome: str) -> None:
    """`outcome` is hit, miss, joined (waited for another one's load) or bypassed (there was no cache to ask)."""
    _cache_child(namespace, outcome).inc()


@cache
def _cache_child(namespace: str, outcome: str) -> Counter:
    return cache_reads.labels(namespace, outcome)


def count_replica_read(outcome: str) -> None:
    """`outcome` is replica, primary (the replica was not fit) or repeated (on the primary, after it failed there)."""
    replica_reads.labels(outcome).inc()


def metrics_routes(settings: Settings, database: Database) -> list[BaseRoute]:
    """`/metrics`, where it is enabled."""
    if not settings.has_metrics:
        return []
    backlog = Backlog(database)

    async def metrics(request: Request) -> Response:
        _require(settings.metrics_token, request)
        sample(database)
        body = await asyncio.to_thread(exposition) + await backlog()
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    return [PlainRoute("/metrics", metrics)]


def exposition() -> bytes:
    """All numbers in Prometheus' text form: of this process, or of all workers together."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        return generate_latest(REGISTRY)
    for file in Path(folder).glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if not _is_alive(int(pid)):
            with suppress(FileNotFoundError):  # another worker does the same
                multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
    for _ in range(READS):
        with suppress(struct.error, OSError, ValueError, RuntimeError):  # a worker is just making its file
            return _sum()
        time.sleep(READ_AGAIN)
    return _sum()


def _sum() -> bytes:
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


@asynccontextmanager
async def sampling(
    database: Database, *, process: str = SERVER, replica: Database | None = None
) -> AsyncIterator[None]:
    """Keep the gauges of this process up to date. Apps that share a database are one process: the first one samples."""
    if database in _sampled:
        yield
        return
    _sampled.add(database)
    task = asyncio.create_task(_keep_sampling(database, process, replica))
    try:
        yield
    finally:
        _sampled.discard(database)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def sample(database: Database, process: str = SERVER, replica: Database | None = None) -> None:
    for name, pool in (("primary", database), ("replica", replica)):
        for state, number in (pool.counts() if pool else {}).items():
            pool_connections.labels(process, name, state).set(number)
    resident_bytes.labels(process).set(_resident_bytes())


async def _keep_sampling(database: Database, process: str, replica: Database | None) -> None:
    while True:
        sample(database, process, replica)
        await asyncio.sleep(SAMPLE_EVERY)


def _require(token: str | None, request: Request) -> None:
    given = request.headers.get("authorization", "")
    if token is not None and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _resident_bytes() -> int:
    """What the process occupies now; where the system does not tell, the most that it ever did."""
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
