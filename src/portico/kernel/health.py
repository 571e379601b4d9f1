"""Liveness, readiness and the summary, for an app and for the whole server.

Live: the process answers. Ready: it can serve, so PostgreSQL answers and nobody has asked it to stop.
"""

import asyncio
import time
from typing import Any

import psycopg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from portico.kernel.draining import draining
from portico.kernel.plain_route import PlainRoute
from portico.kernel.runtime import Runtime

CHECK_LIMIT = 1.0  # seconds: what asks does not listen longer
# The driver's own words may hold host names and users: they are not for the public.
FAILED = {"status": "fail", "error": "could not connect"}


def health_routes(runtime: Runtime, service: str) -> list[BaseRoute]:
    """`/health`, `/health/live` and `/health/ready`."""
    check = DatabaseCheck(runtime)
    check_redis = RedisCheck(runtime)
    replica = runtime.replica

    async def live(request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(request: Request) -> Response:
        database, redis = await asyncio.gather(check(), check_redis())
        if draining.is_set():
            return JSONResponse({"status": "draining", "checks": {"database": database}}, 503)
        is_ok = database["status"] == "ok"
        checks = {"database": database, "redis": redis}
        if replica.database is not None:  # its failure makes nothing unready, as that of Redis does not
            checks["replica"] = {"status": "fail", "error": replica.trouble} if replica.trouble else {"status": "ok"}
        return JSONResponse({"status": "ok" if is_ok else "degraded", "checks": checks}, 200 if is_ok else 503)

    async def summary(request: Request) -> Response:
        database, redis = await asyncio.gather(check(), check_redis())
        is_ok = database["status"] == "ok"
        body = {
            "status": "healthy" if is_ok else "degraded",
            "version": runtime.version,
            "environment": runtime.settings.environment,
            "timestamp": runtime.clock().isoformat(),
            "service": service,
            "database": database["status"],
            "redis": redis["status"],
        }
        return JSONResponse(body, 200 if is_ok else 503)

    return [PlainRoute("/health", summary), PlainRoute("/health/live", live), PlainRoute("/health/ready", ready)]


class DatabaseCheck:
    """Asks the database. Probes that come meanwhile share the answer, so one that hangs costs one connection."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._asking: asyncio.Task[dict[str, Any]] | None = None

    async def __call__(self) -> dict[str, Any]:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        asking = self._asking
        # Not cancelled where it is late: to cancel a statement is to wait for the server that does not answer.
        await asyncio.wait({asking}, timeout=CHECK_LIMIT)
        return asking.result() if asking.done() else FAILED

    async def _ask(self) -> dict[str, Any]:
        began = time.perf_counter()
        try:
            async with self._runtime.database.connection() as connection:
                await connection.execute("SELECT 1")
        except psycopg.Error:
            return FAILED
        return {"status": "ok", "latency_ms": round((time.perf_counter() - began) * 1000, 2)}


class RedisCheck:
    """Asks Redis. Its failure is worth knowing and makes nothing unready: every answer is right without it."""

    def __init__(self, runtime: Runtime) -> None:
        self._redis = runtime.redis

    async def __call__(self) -> dict[str, Any]:
        if self._redis is None:
            return {"status": "skipped"}
        return {"status": "ok"} if await self._redis.ping() else FAILED
