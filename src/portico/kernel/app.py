"""An app: what it registers, and the complete ASGI application that the kernel builds from it.

The application has its own middleware, error renderer, lifespan, health and documents, so that it can be served alone
at `/` as well as below a prefix.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from sqlalchemy import MetaData
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from portico.kernel.client_address import networks
from portico.kernel.draining import draining, exit_with_parent
from portico.kernel.error_handlers import ErrorAnswers, add_error_handlers
from portico.kernel.errors import Renderer, problem_json
from portico.kernel.health import health_routes
from portico.kernel.middleware import CleanPath, Edge, KnownHosts, WhenAsked
from portico.kernel.openapi import ProblemDetails, document_of
from portico.kernel.route_index import RouteIndex
from portico.kernel.runtime import Runtime, installed_version
from portico.kernel.seeding import SeedSummary
from portico.kernel.settings import Settings

MAX_BODY = 1024 * 1024  # bytes; routes that take more say so
GZIP_FROM = 1024  # bytes
EXPOSED_HEADERS = ("ETag", "Link", "Location", "Retry-After", "X-Request-ID", "X-Process-Time", "Idempotency-Replayed")


@dataclass(frozen=True, kw_only=True)
class App:
    """The registration of an app: everything the kernel has to know of it."""

    name: str
    title: str
    summary: str
    metadata: MetaData
    routers: Sequence[APIRouter]
    seed: Callable[..., Awaitable[SeedSummary]]
    """Fills the app: see `portico.kernel.seeding`."""
    realm: Any
    """The app's users, as `portico.identity` has them; the kernel only hands it on."""
    demo: str = ""
    """One line for the landing page: how to sign in with the sample data."""
    render: Renderer = problem_json
    error: type[BaseModel] = ProblemDetails
    """What `render` makes, for the OpenAPI document."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Paths that stand for other paths of the app: `/api/v1` for `/api`."""
    public_prefixes: Sequence[str] = ()
    """Paths of the app that are also served at the root of the whole server."""
    prepare: Callable[[FastAPI, Runtime], None] = lambda app, runtime: None
    """Puts what the app's dependencies need on `app.state`."""


def build(app: App, runtime: Runtime, *, prefix: str = "", home: BaseRoute | None = None) -> ASGIApp:
    """The complete application: its routes inside, the middleware around them.

    `prefix` is where it is served; `home` answers its root, where it is served alone.
    """
    settings = runtime.settings.for_app(app.name)
    inner = _fastapi(app, runtime, prefix)
    inner.state.name = app.name
    inner.state.database = runtime.database
    inner.state.settings = settings
    inner.state.clock = runtime.clock
    inner.state.max_body = MAX_BODY
    inner.state.request_timeout = settings.request_timeout
    inner.state.public_url = settings.public_url
    inner.state.trusted_proxies = networks(settings.trusted_proxies)
    inner.state.answer_error = ErrorAnswers(app.render)
    add_error_handlers(inner, inner.state.answer_error)
    for router in app.routers:
        inner.router.routes.extend(router.routes)  # flat: `include_router` would match in layers
    inner.router.routes.extend(health_routes(runtime, app.name) + ([home] if home else []))
    app.prepare(inner, runtime)

    stack: ASGIApp = RouteIndex(inner.router.routes, inner)
    stack = CleanPath(stack, aliases=app.aliases, render=app.render)
    stack = WhenAsked(stack, b"accept-encoding", GZipMiddleware(stack, minimum_size=GZIP_FROM, compresslevel=5))
    stack = KnownHosts(stack, hosts=settings.allowed_hosts, render=app.render)
    cors = CORSMiddleware(
        stack,
        allow_origins=settings.origins,
        allow_credentials=settings.cors_allow_credentials,
        allow_methods=settings.cors_allow_methods,
        allow_headers=settings.cors_allow_headers,
        expose_headers=EXPOSED_HEADERS,
    )
    return Edge(WhenAsked(stack, b"origin", cors), name=app.name, render=app.render)


def document(app: App, settings: Settings) -> dict[str, Any]:
    """The app's OpenAPI document. It needs no database."""
    inner = FastAPI(title=app.title, summary=app.summary, version=installed_version())
    for router in app.routers:
        inner.router.routes.extend(router.routes)
    return document_of(inner, render=app.render, error=app.error)


def _fastapi(app: App, runtime: Runtime, prefix: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        draining.listen()
        exit_with_parent()
        await runtime.database.open()
        try:
            yield
        finally:
            await runtime.database.close()

    options: dict[str, Any] = {
        "title": app.title,
        "summary": app.summary,
        "version": runtime.version,
        "lifespan": lifespan,
        "redirect_slashes": False,
        "servers": [{"url": prefix or "/"}],
    }
    if not runtime.settings.docs_enabled:
        return FastAPI(openapi_url=None, docs_url=None, redoc_url=None, **options)
    inner = FastAPIOffline(**options)
    _document_off_the_loop(inner, app)
    return inner


def _document_off_the_loop(inner: FastAPI, app: App) -> None:
    """Serve the OpenAPI document from bytes that a thread has made: it takes seconds for hundreds of routes."""
    path = inner.openapi_url
    inner.router.routes[:] = [route for route in inner.router.routes if getattr(route, "path", None) != path]
    document: list[bytes] = []

    async def openapi(request: Request) -> Response:
        if not document:
            made = await asyncio.to_thread(document_of, inner, render=app.render, error=app.error)
            document.append(orjson.dumps(made))
        return Response(document[0], media_type="application/json")

    inner.add_route(path or "/openapi.json", openapi, include_in_schema=False)
