"""The server's own root: a page for people, JSON for programs, and health for probes."""

from collections.abc import Sequence
from html import escape

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from portico.kernel.app import App
from portico.kernel.error_handlers import ErrorAnswers, add_error_handlers
from portico.kernel.errors import problem_json
from portico.kernel.health import health_routes
from portico.kernel.middleware import CleanPath, Edge, KnownHosts
from portico.kernel.runtime import Runtime

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Portico</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif;
  --line: color-mix(in srgb, currentColor 18%, transparent); }}
body {{ max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.25rem; }}
h1 {{ margin: 0; font-size: 2rem; letter-spacing: -.02em; }} .lead {{ margin: .25rem 0 2rem; opacity: .7; }}
article {{ border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem; margin: 0 0 1rem; }}
h2 {{ margin: 0; font-size: 1.15rem; }} p {{ margin: .25rem 0 .5rem; }} a {{ margin-right: 1rem; }}
code {{ background: var(--line); border-radius: .3rem; padding: .1rem .35rem; }}
</style>
<h1>Portico</h1><p class="lead">version {version}, {environment}</p>
{apps}
<p class="lead"><a href="health">health</a><a href="health/ready">readiness</a></p></html>"""

CARD = """<article><h2>{title}</h2><p>{summary}</p><p>{links}</p>{demo}</article>"""


def landing(apps: Sequence[App], runtime: Runtime) -> ASGIApp:
    """What answers where no app's prefix matches."""
    routes = [_home(apps, runtime, prefix="{name}/"), *health_routes(runtime, "portico")]
    inner = FastAPI(routes=routes, openapi_url=None, redirect_slashes=False)
    add_error_handlers(inner, ErrorAnswers(problem_json))
    return _around(inner, runtime)


def home_of(app: App, runtime: Runtime) -> Route:
    """The root of an app that is served alone."""
    return _home([app], runtime, prefix="")


def _home(apps: Sequence[App], runtime: Runtime, *, prefix: str) -> Route:
    page = _page(apps, runtime, prefix)
    about = {
        "service": "portico",
        "version": runtime.version,
        "apps": {app.name: {"title": app.title, "path": f"/{prefix.format(name=app.name)}"} for app in apps},
    }

    async def home(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(page, headers={"Vary": "Accept"})
        return JSONResponse(about, headers={"Vary": "Accept"})

    return Route("/", home)


def _page(apps: Sequence[App], runtime: Runtime, prefix: str) -> str:
    cards = []
    for app in apps:
        base = prefix.format(name=app.name)
        links = f'<a href="{base}docs">documentation</a><a href="{base}redoc">reference</a>'
        demo = "" if runtime.settings.is_protected else f"<p>Demo sign-in: <code>{escape(app.demo)}</code></p>"
        cards.append(
            CARD.format(
                title=escape(app.title),
                summary=escape(app.summary),
                links=links if runtime.settings.docs_enabled else "",
                demo=demo,
            )
        )
    return PAGE.format(version=runtime.version, environment=runtime.settings.environment, apps="\n".join(cards))


def _around(app: ASGIApp, runtime: Runtime) -> ASGIApp:
    stack: ASGIApp = CleanPath(app, aliases={}, render=problem_json)
    stack = KnownHosts(stack, hosts=runtime.settings.allowed_hosts, render=problem_json)
    return Edge(stack, name="portico", render=problem_json)
