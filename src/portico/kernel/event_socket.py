"""What happens, over a WebSocket: the client says which topics it wants to hear of, the server sends them.

Messages are JSON objects. From the client: `{"type": "subscribe", "topics": ["item.*"], "since": ID}`, where `since`
may be left out; it takes the place of the subscription before. From the server: `subscribed` or, where `since` is not
kept any more, `reset`, then `event`s, and a `heartbeat` every 15 seconds. Each carries the `id` to come back with.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
import psycopg
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from portico.kernel.errors import Problem, Unavailable
from portico.kernel.event_stream import LAST_WORDS, hub_of, position_of
from portico.kernel.events import Hub, Sees, Subscription, Watcher
from portico.kernel.outbox import Event, is_named
from portico.kernel.paging import seal

MOST_BYTES = 4096  # of one message from the client
GOING_AWAY, NOT_TEXT, NOT_A_MESSAGE, POLICY, TOO_BIG, OUR_MISTAKE, LATER = 1001, 1003, 1007, 1008, 1009, 1011, 1013
CODES = {"session over": POLICY, "too slow": LATER, "draining": GOING_AWAY, "failed": OUR_MISTAKE}
"""From the reasons why a subscription ends to the codes of RFC 6455, section 7.4.1."""

Topic = Annotated[str, Field(max_length=100)]


class Subscribe(BaseModel):
    """The one message that clients send."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["subscribe"]
    topics: list[Topic] = Field(max_length=20)
    since: Annotated[str, Field(max_length=200)] | None = None


@dataclass(frozen=True)
class Refused(Exception):
    """What the client sent is not understood."""

    code: int
    reason: str


def socket_route(
    *, watcher: Callable[[WebSocket], Awaitable[Watcher]], sees: Sees, path: str = "/ws"
) -> WebSocketRoute:
    """The WebSocket of an app. `watcher` tells who watches or raises a `Problem`, `sees` is the rule for each event."""

    async def endpoint(socket: WebSocket) -> None:
        try:
            who = await watcher(socket)
        except (Problem, psycopg.Error):
            await socket.close(POLICY)  # before it is accepted: the server answers 403
            return
        await EventSocket(socket, hub_of(socket.app), who, sees).run()

    return WebSocketRoute(path, endpoint)


class EventSocket:
    """One connection. It has a subscription from its first moment on, so that it ends when the session does."""

    def __init__(self, socket: WebSocket, hub: Hub, watcher: Watcher, sees: Sees) -> None:
        self._socket = socket
        self._hub = hub
        self._watcher = watcher
        self._sees = sees

    async def run(self) -> None:
        await self._socket.accept()
        wish: Subscribe | None = None
        try:
            while True:
                wish = await self._serve(wish)
        except (WebSocketDisconnect, OSError):
            return  # the client is gone
        except Refused as refused:
            await self._close(refused.code, refused.reason)
        except (Unavailable, psycopg.Error):
            await self._close(LATER, "busy or restarting")

    async def _serve(self, wish: Subscribe | None) -> Subscribe:
        """Send what is wished for until there is another wish. Raises `Refused`, `WebSocketDisconnect`."""
        since = position_of(wish.since) if wish else None
        subscription = await self._hub.join(self._watcher, self._rule(wish), since)
        hearing = asyncio.ensure_future(self._next_wish())
        sending = asyncio.ensure_future(self._send_all(subscription, wish))
        tasks = [hearing, sending, asyncio.ensure_future(subscription.ended.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(subscription)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if subscription.ended.is_set():
            raise Refused(CODES[subscription.why], subscription.why)
        if not sending.cancelled():
            sending.result()  # raises: it does not end by itself
        return hearing.result()

    def _rule(self, wish: Subscribe | None) -> Sees:
        topics = wish.topics if wish else []
        return lambda caller, event: is_named(event.topic, topics) and self._sees(caller, event)

    async def _next_wish(self) -> Subscribe:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or GOING_AWAY)
        text = message.get("text")
        if text is None:
            raise Refused(NOT_TEXT, "Send text.")
        if len(text.encode()) > MOST_BYTES:
            raise Refused(TOO_BIG, f"A message has at most {MOST_BYTES} bytes.")
        try:
            return Subscribe.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise Refused(NOT_A_MESSAGE, f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:100]) from None

    async def _send_all(self, subscription: Subscription, wish: Subscribe | None) -> None:
        position = subscription.position
        if wish is not None:
            kind = "reset" if subscription.is_reset else "subscribed"
            await self._send({"type": kind, "id": seal(*position), "topics": wish.topics})
        async for event in subscription.events():
            if event is None:
                await self._send({"type": "heartbeat", "id": seal(*position)})
            else:
                position = event.position
                await self._socket.send_text(text_of(event))

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send_text(orjson.dumps(message).decode())

    async def _close(self, code: int, reason: str) -> None:
        """To a client that may not be reading, or gone."""
        with suppress(TimeoutError, OSError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(LAST_WORDS):
                await self._socket.close(code, reason)


def text_of(event: Event) -> str:
    """The event as it goes over the wire, made once for all watchers."""
    frame = event.frames.get("socket")
    if frame is None:
        frame = event.frames["socket"] = orjson.dumps(
            {
                "type": "event", "id": seal(*event.position), "topic": event.topic, "key": event.key,
                "payload": event.payload, "created_at": event.created_at,
            }
        )  # fmt: skip
    return frame.decode()
