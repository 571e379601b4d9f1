"""Pages: templates of an app on its own services, in one layout, with strict headers, and errors that are pages too.

An app makes one `Pages`, names it in its registration, and serves its pages below `/pages`. Nothing here needs a
script, so the policy allows none but files of our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from portico.kernel import forms
from portico.kernel.errors import PAGE_RENDERER_KEY, InvalidInput, Problem, Rendered, Unauthorized
from portico.kernel.routes import router
from portico.kernel.static_files import StaticFiles

PREFIX = "/pages"
TEMPLATES = Path(__file__).parent / "page_templates"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    # With `no-referrer` a browser would not say where a form comes from, either.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
}
OF_ONE_VISITOR = {"Cache-Control": "no-store"}
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The pages of one app: its folder of templates, where they begin, and what its navigation names."""

    title: str
    templates: Path
    start: str
    navigation: Mapping[str, str] = field(default_factory=dict)
    """From what a link says to the path below the app's root."""
    sign_in: str = f"{PREFIX}/sign-in"
    static: Path | None = None
    """A folder with files of the app's own: `static("name.js")` in a template is where one is served."""

    @cached_property
    def files(self) -> StaticFiles:
        return StaticFiles([self.static] if self.static else ())

    @cached_property
    def environment(self) -> Environment:
        return environment(self.templates)

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page as the answer to a request. A template finds `csrf()`, `link(path)`, `static(name)` and the values."""
        scope = request.scope
        common = {"csrf": partial(forms.token, request), "is_signed_in": scope.get("portico.user") is not None}
        text = self._text(scope, template, **common, **values)
        answer = HTMLResponse(text, status, headers={**HEADERS, **OF_ONE_VISITOR})
        forms.begin_visit(request, answer)
        return answer

    def go_to(self, request: Request, path: str, **query: str) -> RedirectResponse:
        """The answer to a form that was taken: the browser shows another page, and can load it again safely."""
        target = f"{request.scope.get('root_path', '')}{path}"
        query_text = urlencode(query)
        return RedirectResponse(f"{target}?{query_text}" if query else target, 303, headers=OF_ONE_VISITOR)

    def next_of(self, path: str) -> str:
        """Where to go after signing in: the page that was asked for, if it is one of ours; else the start."""
        is_ours = path.startswith(f"{PREFIX}/") and path.isprintable() and "\\" not in path
        return path if is_ours else self.start

    def error(self, scope: Scope, problem: Problem, trace_id: str) -> Rendered:
        """An error as a page. Who has to sign in is led there."""
        if isinstance(problem, Unauthorized):
            return self._way_to_sign_in(scope)
        values = {
            "status": problem.status,
            "phrase": HTTPStatus(problem.status).phrase,
            "sentence": problem.text,
            "wrong": problem.details if isinstance(problem, InvalidInput) else {},
            "trace_id": trace_id,
        }
        body = self._text(scope, "error.html", **values).encode()
        headers = {**problem.headers, **HEADERS, **OF_ONE_VISITOR}
        return Rendered(problem.status, body, HTML, headers)

    def _way_to_sign_in(self, scope: Scope) -> Rendered:
        """A page that was asked for is shown after signing in. A form is lost, where the session had ended before."""
        target = f"{scope.get('root_path', '')}{self.sign_in}"
        if scope["method"] in ("GET", "HEAD"):
            query = scope["query_string"].decode("latin-1")
            asked = _inner_path(scope) + (f"?{query}" if query else "")
            target += f"?next={quote(asked, safe='/')}"
        return Rendered(303, b"", HTML, {"Location": target, **OF_ONE_VISITOR})

    def _text(self, scope: Scope, template: str, **values: Any) -> str:
        root = scope.get("root_path", "")
        return self.environment.get_template(template).render(
            site=self, path=_inner_path(scope), link=lambda path: f"{root}{path}",
            static=lambda name: f"{root}{self.files.path(name)}", **values,
        )  # fmt: skip


class ErrorPages:
    """Goes around an app: whatever goes wrong below `/pages`, in a route or before one, is told by a page.

    A page's script, which accepts JSON alone, is told as any program is.
    """

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _inner_path(scope).startswith(f"{PREFIX}/") and not _is_script(scope):
            scope[PAGE_RENDERER_KEY] = partial(self._pages.error, scope)
        await self._app(scope, receive, send)


def environment(*folders: Path) -> Environment:
    """Templates of these folders and of the kernel. A name that is not given is an error, not an empty text."""
    loader = FileSystemLoader([*folders, TEMPLATES])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def page_router() -> APIRouter:
    """The router of an app's pages: they are no part of its interface for programs."""
    return router(prefix=PREFIX, tags=["pages"], include_in_schema=False, default_response_class=HTMLResponse)


def _is_script(scope: Scope) -> bool:
    return Headers(scope=scope).get("accept") == "application/json"


def _inner_path(scope: Scope) -> str:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path
