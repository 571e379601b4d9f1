"""The WebSocket of GraphQL, which speaks graphql-transport-ws. Queries and mutations go over HTTP.

It is opened with a ticket, as `/ws` is, and ends when the session does.
"""

import asyncio
import json
from datetime import timedelta
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from portico.apps.items.graphql.controller import GraphQLIn
from portico.apps.items.graphql.limits import LONGEST_BODY
from portico.apps.items.graphql.live import LiveContext
from portico.apps.items.permissions import Access
from portico.identity.public import ticket_holder
from portico.kernel.errors import Problem
from portico.kernel.event_socket import CODES, POLICY
from portico.kernel.event_stream import hub_of

MOST_SUBSCRIPTIONS = 10  # of one socket
TIME_TO_GREET = timedelta(seconds=10)


class _Protocol(GraphQL[LiveContext, None]):
    """The library's side of the protocol."""

    def decode_json(self, data: str | bytes) -> object:
        if len(data) > LONGEST_BODY:
            raise json.JSONDecodeError("The message is too long", "", 0)
        message = orjson.loads(data)  # not as deep as `json` goes, which would end the socket's task
        if not _is_understood(message):
            raise json.JSONDecodeError("This is no message", "", 0)
        return message


def _is_understood(message: Any) -> bool:
    """The library takes for granted what stands in a message."""
    if not isinstance(message, dict) or not isinstance(message.get("id", ""), str):
        return False
    if message.get("type") == "subscribe" and "payload" in message:
        try:
            GraphQLIn.model_validate(message["payload"])
        except ValidationError:
            return False
    return True


class _Socket(WebSocket):
    """One that can be closed while another task waits for a message: granian holds the close back until one comes."""

    def __init__(self, *asgi: Any) -> None:
        super().__init__(*asgi)
        self._waiting: asyncio.Future[Any] | None = None
        self._is_closing = False
        self._is_closed = asyncio.Event()

    async def receive(self) -> Any:
        self._waiting = asyncio.ensure_future(super().receive())
        try:
            return await self._waiting
        except asyncio.CancelledError:
            if not self._is_closing:
                raise
            await self._is_closed.wait()
            raise WebSocketDisconnect from None

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        self._is_closing = True
        if self._waiting is not None and self._waiting.cancel():
            await asyncio.wait([self._waiting])
        try:
            await super().close(code, reason)
        finally:
            self._is_closed.set()


async def _serve(socket: WebSocket) -> None:
    try:
        watcher = await ticket_holder(socket)
        whole = await hub_of(socket.app).join(watcher, lambda caller, event: False)  # ends when the session does
    except Problem as problem:
        await socket.close(POLICY, problem.text)
        return
    socket = _Socket(socket.scope, socket.receive, socket.send)
    context = LiveContext(Access(socket.app.state.items_mode, watcher.caller), socket, watcher)
    protocol = _Protocol(
        socket.app.state.graphql, graphql_ide=None, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
        connection_init_wait_timeout=TIME_TO_GREET, max_subscriptions_per_connection=MOST_SUBSCRIPTIONS,
        allowed_origins=["*"],  # the ticket says who it is: there is no cookie that a page could use
    )  # fmt: skip
    tasks = [asyncio.ensure_future(protocol.run(socket, context=context)), asyncio.ensure_future(whole.ended.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if whole.ended.is_set() and socket.application_state is WebSocketState.CONNECTED:
            await socket.close(CODES[whole.why], whole.why)
    finally:
        hub_of(socket.app).leave(whole)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


graphql_socket = WebSocketRoute("/graphql", _serve)
