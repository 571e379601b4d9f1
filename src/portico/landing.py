"""The server's own root: a page for people, JSON for programs, and health for probes."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from jinja2 import Template
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from portico.kernel.app import NO_TELEMETRY, App
from portico.kernel.error_handlers import ErrorAnswers, add_error_handlers
from portico.kernel.errors import problem_json
from portico.kernel.health import health_routes
from portico.kernel.metrics import metrics_routes
from portico.kernel.middleware import CleanPath, Edge, KnownHosts
from portico.kernel.pages import HEADERS, environment
from portico.kernel.plain_route import PlainRoute
from portico.kernel.runtime import Runtime
from portico.kernel.static_files import StaticFiles

TEMPLATES = Path(__file__).parent / "templates"
SITE = {"title": "Portico", "navigation": {}}


def landing(apps: Sequence[App], runtime: Runtime) -> ASGIApp:
    """What answers where no app's prefix matches."""
    numbers = metrics_routes(runtime.settings, runtime.database)
    files = StaticFiles()
    home = _home(_about(apps, runtime), _page(apps, runtime, "{name}/", files))
    routes = [home, files.route(), *health_routes(runtime, "portico"), *numbers]
    inner = FastAPI(routes=routes, openapi_url=None, redirect_slashes=False, telemetry=NO_TELEMETRY)
    add_error_handlers(inner, ErrorAnswers(problem_json))
    return _around(inner, runtime)


def home_of(app: App, runtime: Runtime, *, prefix: str = "") -> PlainRoute:
    """The root of one app, which is served alone or below its prefix."""
    about = app.about(runtime, prefix) if app.about else _about([app], runtime, path=f"{prefix}/")
    files = app.pages.files if app.pages else StaticFiles()
    start = runtime.settings.for_app(app.name, app.defaults).start_page
    page = _page([app], runtime, prefix and f"{prefix}/", files)
    return _home(about, page, start=start)


def _about(apps: Sequence[App], runtime: Runtime, path: str = "/{name}/") -> dict[str, Any]:
    return {
        "service": "portico",
        "version": runtime.version,
        "apps": {app.name: {"title": app.title, "path": path.format(name=app.name)} for app in apps},
    }


def _home(about: dict[str, Any], page: str, *, start: str = "") -> PlainRoute:
    """`start` is the page of the app that a browser is sent to, instead of the page that tells of the app."""

    async def home(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            if start:
                return RedirectResponse(f"{request.scope.get('root_path', '')}{start}", 303, {"Vary": "Accept"})
            return HTMLResponse(page, headers={**HEADERS, "Vary": "Accept"})
        return JSONResponse(about, headers={"Vary": "Accept"})

    return PlainRoute("/", home)


def _page(apps: Sequence[App], runtime: Runtime, prefix: str, files: StaticFiles) -> str:
    """The page, which stays the same as long as the server runs. Its links are relative to where it is served."""
    base = "" if "{name}" in prefix else prefix
    return _template().render(
        site=SITE,
        heading=apps[0].title if len(apps) == 1 else "Apps",
        cards=[_card(app, runtime, prefix.format(name=app.name)) for app in apps],
        version=runtime.version,
        environment=runtime.settings.environment,
        link=lambda path: f"{base}{path}",
        static=lambda name: f"{base}{files.path(name).lstrip('/')}",
    )


@cache
def _template() -> Template:
    """Compiled once: the server has such a page, and each of its apps."""
    return environment(TEMPLATES).get_template("landing.html")


def _card(app: App, runtime: Runtime, base: str) -> dict[str, Any]:
    links = {"pages": f"{base}{app.pages.start.lstrip('/')}"} if app.pages else {}
    if runtime.settings.has_docs:
        links |= {"documentation": f"{base}docs", "reference": f"{base}redoc"}
    demo = "" if runtime.settings.is_protected else app.demo
    return {"title": app.title, "summary": app.summary, "links": links, "demo": demo}


def _around(app: ASGIApp, runtime: Runtime) -> ASGIApp:
    stack: ASGIApp = CleanPath(app, aliases={}, render=problem_json)
    stack = KnownHosts(stack, hosts=runtime.settings.allowed_hosts, render=problem_json)
    return Edge(stack, name="portico", render=problem_json, counts=runtime.settings.has_metrics)
