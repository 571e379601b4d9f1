"""`GET /events`: what happens, as server-sent events (HTML Living Standard, section 9.2).

`id` is the position, so a client that comes back with `Last-Event-ID` goes on where it was. The stream begins with
`ready`, or with `reset` where the position is not kept any more: then the client loads its state anew.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.types import Receive, Scope, Send

from portico.kernel.errors import InvalidInput
from portico.kernel.events import Hub, Sees, Subscription, Watcher
from portico.kernel.outbox import Event, Position
from portico.kernel.paging import seal, unseal
from portico.kernel.routes import router

RETRY = 1000  # milliseconds a browser waits before it comes back
LAST_WORDS = 1.0  # seconds for the end of the stream to reach a client that may not be reading
HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # nginx would hold events back
}
DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {"description": "A stream of events that goes on.", "content": {"text/event-stream": {}}}
}


def event_router(*, watcher: Callable[..., Awaitable[Watcher]], sees: Sees, path: str = "/events") -> APIRouter:
    """The route of an app. `watcher` is a dependency that tells who watches, `sees` the app's rule for each event."""
    api = router(tags=["events"])

    @api.get(path, summary="What happens, as it happens", response_class=Response, responses=DESCRIBED)
    async def events(
        request: Request,
        who: Annotated[Watcher, Depends(watcher)],
        last_event_id: Annotated[str | None, Header(description="The `id` of the last event that arrived.")] = None,
        since: Annotated[str | None, Query(description="The same, for clients that cannot set the header.")] = None,
    ) -> Response:
        if request.method == "HEAD":
            return Response(headers=HEADERS)
        hub = hub_of(request.app)
        return EventStream(hub, await hub.join(who, sees, position_of(last_event_id or since)))

    return api


def hub_of(app: Any) -> Hub:
    """The hub of an app in this process; made at the first call."""
    hub: Hub | None = getattr(app.state, "hub", None)
    if hub is None:
        hub = app.state.hub = Hub(app.state.name, app.state.database)
    return hub


class EventStream(Response):
    """The answer that goes on until the client leaves, the session ends, the server drains or it is too slow."""

    def __init__(self, hub: Hub, subscription: Subscription) -> None:
        super().__init__(headers=HEADERS)
        del self.body, self.headers["content-length"]  # there is no body that could be tagged
        self._hub = hub
        self._subscription = subscription

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tasks = [
            asyncio.ensure_future(work)
            for work in (self._send_all(send), _disconnected(receive), self._subscription.ended.wait())
        ]
        sending, disconnected, _ = tasks
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(self._subscription)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if sending.done() and not sending.cancelled() and (error := sending.exception()):
            if not isinstance(error, OSError):  # the server's way to say that the client is gone
                raise error
        elif disconnected.cancelled():
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(LAST_WORDS):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async for frame in self._frames():
            await send({"type": "http.response.body", "body": frame, "more_body": True})

    async def _frames(self) -> AsyncIterator[bytes]:
        first = "reset" if self._subscription.is_reset else "ready"
        yield b"retry: %d\n%b" % (RETRY, _frame(first, self._subscription.position, {}))
        async for event in self._subscription.events():
            yield b": still here\n\n" if event is None else frame_of(event)


def frame_of(event: Event) -> bytes:
    """The event as it goes over the wire, made once for all watchers."""
    frame = event.frames.get("sse")
    if frame is None:
        data = {"topic": event.topic, "key": event.key, "payload": event.payload, "created_at": event.created_at}
        frame = event.frames["sse"] = _frame(event.topic, event.position, data)
    return frame


def _frame(name: str, position: Position, data: Any) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (seal(*position).encode(), name.encode(), orjson.dumps(data))


def position_of(given: str | None) -> Position | None:
    """What a client sent as the last id. One that we have not made is as good as one that is not kept any more."""
    if not given:
        return None
    try:
        return Position(*unseal(given, int, int))
    except InvalidInput:
        return Position(-1, -1)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
