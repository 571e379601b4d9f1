"""What stands around every app, as plain ASGI: no task and no queue is added to a request.

From the outside in: `Edge` (request id, time, access log, last resort for errors), CORS, `KnownHosts`, gzip, and
`CleanPath`, which settles the path before routing.
"""

import re
import secrets
import time
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portico.kernel.draining import draining
from portico.kernel.errors import REQUEST_ID_KEY, InvalidInput, Problem, Rendered, Renderer, rendered
from portico.kernel.logging import access_line
from portico.kernel.metrics import count_request
from portico.kernel.tracing import SPAN_KEY, tracing

CLIENT_LEFT = 499  # nginx's number for: nobody was left to answer
SWITCHED, REFUSED = 101, 403  # what a WebSocket's handshake is answered with
REQUEST_ID = re.compile(r"[\w.\-]{1,128}", re.ASCII)
VARY = (b"vary", b"Origin, Accept-Encoding")
QUIET_PATHS = ("/health/live", "/health/ready")

error_log = structlog.get_logger("portico.error")


class Edge:
    """Gives the request an id and a time, writes its line to the access log, and answers what nothing else could."""

    def __init__(self, app: ASGIApp, *, name: str, render: Renderer, counts: bool = False) -> None:
        """`counts`: whether requests are counted for Prometheus."""
        self._app = app
        self._name = name
        self._render = render
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await (self._socket if scope["type"] == "websocket" else self._app)(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = scope[REQUEST_ID_KEY] = scope.get(REQUEST_ID_KEY) or request_id_of(scope)
        if tracing.spans is not None:
            tracing.spans.begin_request(scope, self._name, request_id)
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.setdefault("headers", [])
                headers.append(VARY)
                headers.append((b"x-request-id", request_id.encode()))
                headers.append((b"x-process-time", b"%.2f" % ((time.perf_counter() - began) * 1000)))
                if draining.is_set():
                    headers.append((b"connection", b"close"))
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            error_log.exception("unhandled error", request_id=request_id, app=self._name, path=scope["path"])
            if status:
                raise  # the answer is cut off in the middle: the server must close the connection
            await send_rendered(rendered(Problem(), scope, self._render), send_with_headers)
        finally:
            self._record(scope, status or CLIENT_LEFT, time.perf_counter() - began)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket has no answer that could carry anything: its id and its time stand in the log."""
        began = time.perf_counter()
        scope[REQUEST_ID_KEY] = request_id_of(scope)
        status = REFUSED

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "websocket.accept":
                status = SWITCHED
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            error_log.exception("unhandled error", request_id=scope[REQUEST_ID_KEY], app=self._name, path=scope["path"])
            raise  # the server closes the connection
        finally:
            access_line(
                app=self._name, method="WEBSOCKET", route=_template(scope), status=status,
                ms=round((time.perf_counter() - began) * 1000, 2), request_id=scope[REQUEST_ID_KEY],
                user=scope.get("portico.user"),
            )  # fmt: skip

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        """The request's line in the log, its count and the end of its span."""
        route = _template(scope)
        if self._counts:
            count_request(self._name, scope["method"], route, status, seconds)
        if status != 200 or not scope["path"].endswith(QUIET_PATHS):
            access_line(
                app=self._name,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 2),
                request_id=scope[REQUEST_ID_KEY],
                user=scope.get("portico.user"),
            )
        if SPAN_KEY in scope and tracing.spans is not None:
            tracing.spans.end_request(scope, route, status)


class WhenAsked:
    """Goes the longer way only for requests that carry a header: most calls of programs carry neither of the two."""

    def __init__(self, app: ASGIApp, header: bytes, longer: ASGIApp) -> None:
        self._app = app
        self._header = header
        self._longer = longer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and any(name == self._header for name, _ in scope["headers"])
        await (self._longer if asked else self._app)(scope, receive, send)


class KnownHosts:
    """Refuses requests for hosts that ALLOWED_HOSTS does not list: they come from a forged `Host` header."""

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str], render: Renderer) -> None:
        self._app = app
        self._exact = {host.lower() for host in hosts}
        self._suffixes = tuple(host[1:].lower() for host in hosts if host.startswith("*."))
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or "*" in self._exact or self._knows(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        await refuse(InvalidInput("This host is not served here."), scope, self._render, send)

    def _knows(self, headers: Headers) -> bool:
        host = headers.get("host", "").lower()
        name = host if host.endswith("]") else host.rsplit(":", 1)[0]
        return name in self._exact or (bool(self._suffixes) and name.endswith(self._suffixes))


class CleanPath:
    """Takes one trailing slash off and turns an alias into the path it stands for. No redirect: a 301 loses a body."""

    def __init__(self, app: ASGIApp, *, aliases: Mapping[str, str], render: Renderer) -> None:
        self._app = app
        self._aliases = sorted(aliases.items(), key=lambda pair: -len(pair[0]))
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            await refuse(InvalidInput("NUL characters are not accepted."), scope, self._render, send)
            return
        self._clean(scope)
        await self._app(scope, receive, send)

    def _clean(self, scope: MutableMapping[str, Any]) -> None:
        root = scope.get("root_path", "")
        path = scope["path"]
        scope["portico.original_path"] = path
        inner = path.removeprefix(root)
        if len(inner) > 1 and inner.endswith("/"):
            inner = inner[:-1]
        for alias, target in self._aliases:
            if inner == alias or inner.startswith(alias + "/"):
                inner = target + inner[len(alias) :]
                break
        scope["path"] = root + (inner or "/")


def _template(scope: Scope) -> str | None:
    """The path of the route that the request has found, as it was declared: one name for all ids in it."""
    template: str | None = getattr(scope.get("route"), "path", None)
    return template


def request_id_of(scope: Scope) -> str:
    """The id that the caller gave the request, or a new one of 128 random bits."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
            if REQUEST_ID.fullmatch(given):
                return str(given)
            break
    return secrets.token_hex(16)


async def refuse(problem: Problem, scope: Scope, render: Renderer, send: Send) -> None:
    """Answer an error; a WebSocket is closed before it opens, which the server makes a 403 of."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await send_rendered(rendered(problem, scope, render), send)


async def send_rendered(answer: Rendered, send: Send) -> None:
    """An error from a layer that has no Response at hand."""
    headers = MutableHeaders({**answer.headers, "content-type": answer.media_type})
    headers["content-length"] = str(len(answer.body))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": answer.body})
