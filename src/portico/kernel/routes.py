"""The route class of every app: JSON bodies read strictly, the transaction ended, conditional answers.

Routers are made with `router()`, which sets the class. What happens around a handler stands in `Route`, in order.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import orjson
import psycopg
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from portico.kernel import etags
from portico.kernel.call_plan import CallPlan
from portico.kernel.errors import PayloadTooLarge, Problem, RequestTimeout, Unavailable, UnsupportedMediaType
from portico.kernel.idempotency import Replay
from portico.kernel.tenancy import TENANT, acting_for
from portico.kernel.unit_of_work import SCOPE_KEY, UnitOfWork, require_replica_last
from portico.kernel.uploads import Uploading

MIB = 1024 * 1024
HEARD_OUT = 4 * MIB  # of a body that is too long, read and thrown away
Handler = TypeVar("Handler", bound=Callable[..., Any])


def takes(size: int) -> Callable[[Handler], Handler]:
    """Stands above a handler that takes bodies of up to `size` bytes, more or fewer than the app's other routes."""

    def mark(handler: Handler) -> Handler:
        handler.max_body = size  # type: ignore[attr-defined]  # read by `StrictRequest`
        return handler

    return mark


class StrictRequest(Request):
    """A request whose JSON is RFC 8259's: no NaN, no lone surrogates; and no NUL, which PostgreSQL cannot store."""

    async def json(self) -> Any:
        body = await self.body()
        value = orjson.loads(body)
        if rb"\u0000" in body and _holds_nul(value):
            raise orjson.JSONDecodeError("NUL characters are not accepted", "", 0)
        return value

    async def body(self) -> bytes:
        """The whole body. Raises `PayloadTooLarge`, `RequestTimeout`."""
        if not hasattr(self, "_body"):
            try:
                async with asyncio.timeout(self.app.state.request_timeout):
                    most = getattr(self.scope.get("endpoint"), "max_body", self.app.state.max_body)
                    self._body = await self._within(most)
            except TimeoutError:
                raise RequestTimeout from None
        return self._body

    async def _within(self, limit: int) -> bytes:
        """The whole body, unless it is longer than `limit` bytes, as its header says or as it turns out.

        One that is too long is heard out, within reason: a client that is cut off does not read why.
        """
        promised = int(self.headers.get("content-length", "0"))
        if promised > limit + HEARD_OUT:
            raise PayloadTooLarge
        body, size = bytearray(), 0
        async for chunk in self.stream():
            size += len(chunk)
            if size > limit + HEARD_OUT:
                break
            if max(size, promised) <= limit:
                body += chunk
        if max(size, promised) > limit:
            raise PayloadTooLarge
        return bytes(body)


class Route(APIRoute):
    """Runs a handler with a unit of work, and ends it: commits after the answer is made, before it is sent."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self._plan = CallPlan(self)
        require_replica_last(self._plan)
        self._upload = next((call for call in self._plan.calls if isinstance(call, Uploading)), None)
        self.app = self._serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = StrictRequest(scope, receive, send)
        with acting_for(request.app.state.tenant_of(request)):
            try:
                answer = await self._answer(request)
            except ClientDisconnect:
                return  # in the middle of the body; what it asked for was not begun
            except Exception as error:
                answer = request.app.state.answer_error(request, error)
            if scope["method"] == "HEAD":
                answer.body = b""  # its length stays in the header
            await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if self.body_field is not None:
            _require_json(request)
        if self._upload is None and request.method not in ("GET", "HEAD"):
            await request.body()  # a client that is slow to send it is 408 and holds no connection
        unit = UnitOfWork(request.app.state.database, request.app.state.replica)
        request.scope[SCOPE_KEY] = unit
        try:
            async with asyncio.timeout(request.app.state.request_timeout) as deadline:
                if self._upload is not None:
                    self._upload.begin(request, deadline)
                answer = await self._called(request, unit)
                await unit.finish(answer, commit=answer.status_code < 400)
        except Replay as replay:
            await unit.finish(commit=False)
            return replay.answer
        except TimeoutError as error:
            await unit.finish(commit=False)
            raise Unavailable(log="The request took longer than REQUEST_TIMEOUT.") from error
        except Problem as problem:
            await unit.finish(commit=problem.commits)
            raise
        except BaseException:
            await unit.finish(commit=False)
            raise
        return etags.conditional(request, answer)

    async def _called(self, request: Request, unit: UnitOfWork) -> Response:
        """What the handler answers. What a replica fails is done again from the start, on the primary."""
        tenant = TENANT.get()
        try:
            return await self._plan.run(request)
        except psycopg.OperationalError as error:
            if not await unit.leaves_replica(error):
                raise
        with acting_for(tenant):  # as it was before the first run chose another
            return await self._plan.run(request)


def router(**options: Any) -> APIRouter:
    """An APIRouter whose routes are `Route`s."""
    return APIRouter(route_class=Route, **options)


def _require_json(request: Request) -> None:
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaType


def _holds_nul(value: Any) -> bool:
    left = [value]  # no recursion: a body may be nested deeper than Python's stack
    while left:
        part = left.pop()
        if isinstance(part, str):
            if "\x00" in part:
                return True
        elif isinstance(part, dict):
            left += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            left += part
    return False
