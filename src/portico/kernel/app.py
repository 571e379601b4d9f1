"""An app: what it registers, and the complete ASGI application that the kernel builds from it.

The application has its own middleware, error renderer, lifespan, health and documents, so that it can be served alone
at `/` as well as below a prefix.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from sqlalchemy import MetaData
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from portico.kernel import telemetry
from portico.kernel.client_address import networks
from portico.kernel.draining import draining, exit_with_parent
from portico.kernel.error_handlers import ErrorAnswers, add_error_handlers
from portico.kernel.errors import Renderer, problem_json
from portico.kernel.health import health_routes
from portico.kernel.jobs import Job, register
from portico.kernel.metrics import metrics_routes, sampling
from portico.kernel.middleware import CleanPath, Edge, KnownHosts, WhenAsked
from portico.kernel.openapi import ProblemDetails, document_of
from portico.kernel.pages import ErrorPages, Pages
from portico.kernel.rate_limit import CallerKey, RateLimit
from portico.kernel.rate_limiter import Limiter, Policy
from portico.kernel.route_index import RouteIndex
from portico.kernel.runtime import Runtime, installed_version
from portico.kernel.secret_keys import derived
from portico.kernel.seeding import SeedSummary
from portico.kernel.settings import Settings
from portico.kernel.static_files import StaticFiles
from portico.kernel.webhook_relay import Listeners

MAX_BODY = 1024 * 1024  # bytes; routes that take more say so
GZIP_FROM = 1024  # bytes
# FastAPI's own spans would double ours, and its lifespan could start exporters beside ours.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
EXPOSED_HEADERS = (
    "ETag", "Link", "Location", "Retry-After", "X-Request-ID", "X-Process-Time", "Idempotency-Replayed",
    "X-Total-Count", "Deprecation", "Sunset", "RateLimit", "RateLimit-Policy",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class App:
    """The registration of an app: everything the kernel has to know of it."""

    name: str
    title: str
    summary: str
    metadata: MetaData
    routers: Sequence[APIRouter]
    sockets: Sequence[BaseRoute] = ()
    """WebSocket routes, which OpenAPI does not know."""
    seed: Callable[..., Awaitable[SeedSummary]]
    """Fills the app: see `portico.kernel.seeding`."""
    realm: Any
    """The app's users, as `portico.identity` has them; the kernel hands it on, and asks it for its `schemes`."""
    about: Callable[[Runtime, str], dict[str, Any]] | None = None
    """What the app says of itself at its root, which is at the path that is given; None: what the kernel knows."""
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
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Values of the kernel's settings that this app has where nobody has set another."""
    choosing_headers: Sequence[str] = ()
    """Headers of the app's own that say what a request is about: with another value it is another request."""
    has_own_rate_limit: bool = False
    """Whether RATE_LIMIT is not meant for this app, only the value with the app's prefix."""
    listeners: Listeners | None = None
    """What the owners of webhooks may hear: see `portico.kernel.webhook_relay`. None: the app has no webhooks."""
    jobs: Sequence[Job] = ()
    """What the app does after the request: see `portico.kernel.jobs`."""
    pages: Pages | None = None
    """The app's pages; their routes are among its routers."""

    def __post_init__(self) -> None:
        register(self.name, self.jobs)

    @property
    def schemes(self) -> Collection[str] | None:
        """How one can sign in, by the names that the OpenAPI document has for it; None: in all ways its routes know."""
        return getattr(self.realm, "schemes", None)

    def rate_limit(self, settings: Settings) -> str | None:
        """The limit that holds for this app, such as 100/60; None where there is none."""
        is_meant = not self.has_own_rate_limit or "rate_limit" in settings.own_to(self.name)
        text = settings.for_app(self.name).rate_limit if is_meant else None
        return None if text == "off" else text


def build(app: App, runtime: Runtime, *, prefix: str = "", home: BaseRoute | None = None) -> ASGIApp:
    """The complete application: its routes inside, the middleware around them.

    `prefix` is where it is served; `home` answers its root, where it is served alone.
    """
    settings = runtime.settings.for_app(app.name, app.defaults)
    inner = _fastapi(app, runtime, prefix)
    inner.state.name = app.name
    inner.state.database = runtime.database
    inner.state.replica = runtime.replica
    inner.state.cache = runtime.cache
    inner.state.files = runtime.files(app.name)
    inner.state.signed_in = lambda headers: None  # identity knows better
    inner.state.tenant_of = lambda request: None  # so does it here, where the app has tenants
    inner.state.choosing_headers = app.choosing_headers
    inner.state.settings = settings
    inner.state.clock = runtime.clock
    inner.state.max_body = MAX_BODY
    inner.state.request_timeout = settings.request_timeout
    inner.state.public_url = settings.public_url
    inner.state.trusted_proxies = networks(settings.trusted_proxies)
    inner.state.answer_error = ErrorAnswers(app.render)
    inner.state.form_key = derived(settings.key(), f"{app.name}:forms")
    add_error_handlers(inner, inner.state.answer_error)
    for router in app.routers:
        inner.router.routes.extend(router.routes)  # flat: `include_router` would match in layers
    inner.router.routes.extend(app.sockets)
    inner.router.routes.extend(health_routes(runtime, app.name) + ([home] if home else []))
    inner.router.routes.append((app.pages.files if app.pages else StaticFiles()).route())
    if not prefix:
        inner.router.routes.extend(metrics_routes(settings, runtime.database))
    app.prepare(inner, runtime)

    stack: ASGIApp = RouteIndex(inner.router.routes, inner)
    stack = CleanPath(stack, aliases=app.aliases, render=app.render)
    stack = WhenAsked(stack, b"accept-encoding", GZipMiddleware(stack, minimum_size=GZIP_FROM, compresslevel=5))
    stack = _rate_limited(stack, app, runtime, inner)
    stack = KnownHosts(stack, hosts=settings.allowed_hosts, render=app.render)
    cors = CORSMiddleware(
        stack,
        allow_origins=settings.origins,
        allow_credentials=settings.cors_allow_credentials,
        allow_methods=settings.cors_allow_methods,
        allow_headers=settings.cors_allow_headers,
        expose_headers=EXPOSED_HEADERS,
    )
    stack = WhenAsked(stack, b"origin", cors)
    if app.pages is not None:
        stack = ErrorPages(stack, app.pages)
    return Edge(stack, name=app.name, render=app.render, counts=settings.has_metrics)


def _rate_limited(stack: ASGIApp, app: App, runtime: Runtime, inner: FastAPI) -> ASGIApp:
    text = app.rate_limit(runtime.settings)
    if text is None:
        return stack
    limiter = Limiter(Policy.parsed(text), runtime.redis, workers=runtime.settings.workers, name=app.name)
    caller = CallerKey(inner.state.trusted_proxies, inner.state.signed_in)
    return RateLimit(stack, limiter, caller=caller, render=app.render)


def document(app: App, settings: Settings) -> dict[str, Any]:
    """The app's OpenAPI document. It needs no database."""
    inner = FastAPI(title=app.title, summary=app.summary, version=installed_version())
    for router in app.routers:
        inner.router.routes.extend(router.routes)
    return document_of(inner, render=app.render, error=app.error, schemes=app.schemes)


def _fastapi(app: App, runtime: Runtime, prefix: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        draining.listen()
        exit_with_parent()
        await runtime.open()
        try:
            async with sampling(runtime.database, replica=runtime.read_database):
                yield
        finally:
            await runtime.close()
            await telemetry.flush()

    options: dict[str, Any] = {
        "title": app.title,
        "summary": app.summary,
        "version": runtime.version,
        "lifespan": lifespan,
        "redirect_slashes": False,
        "telemetry": NO_TELEMETRY,
        "servers": [{"url": prefix or "/"}],
    }
    if not runtime.settings.has_docs:
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
            made = await asyncio.to_thread(document_of, inner, render=app.render, error=app.error, schemes=app.schemes)
            document.append(orjson.dumps(made))
        return Response(document[0], media_type="application/json")

    inner.add_route(path or "/openapi.json", openapi, include_in_schema=False)
