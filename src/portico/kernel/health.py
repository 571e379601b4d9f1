"""Liveness, readiness and the summary, for an app and for the whole server.

Live: the process answers. Ready: it can serve, so PostgreSQL answers and nobody has asked it to stop.
"""

import time
from typing import Any

import psycopg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from portico.kernel.draining import draining
from portico.kernel.runtime import Runtime


def health_routes(runtime: Runtime, service: str) -> list[BaseRoute]:
    """`/health`, `/health/live` and `/health/ready`."""

    async def live(request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(request: Request) -> Response:
        database = await _check_database(runtime)
        if draining.is_set():
            return JSONResponse({"status": "draining", "checks": {"database": database}}, 503)
        is_ok = database["status"] == "ok"
        checks = {"database": database, "redis": {"status": "skipped"}}
        return JSONResponse({"status": "ok" if is_ok else "degraded", "checks": checks}, 200 if is_ok else 503)

    async def summary(request: Request) -> Response:
        database = await _check_database(runtime)
        is_ok = database["status"] == "ok"
        body = {
            "status": "healthy" if is_ok else "degraded",
            "version": runtime.version,
            "environment": runtime.settings.environment,
            "timestamp": runtime.clock().isoformat(),
            "service": service,
            "database": database["status"],
            "redis": "skipped",
        }
        return JSONResponse(body, 200 if is_ok else 503)

    return [Route("/health", summary), Route("/health/live", live), Route("/health/ready", ready)]


def health_app(runtime: Runtime, service: str) -> Starlette:
    """The health routes as an application, for the server's root."""
    return Starlette(routes=health_routes(runtime, service))


async def _check_database(runtime: Runtime) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        async with runtime.database.connection() as connection:
            await connection.execute("SELECT 1")
    except psycopg.Error:  # the driver's own words may hold host names and users: they are not for the public
        return {"status": "fail", "error": "could not connect"}
    return {"status": "ok", "latency_ms": round((time.perf_counter() - began) * 1000, 2)}
