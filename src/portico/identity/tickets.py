"""One-time tickets for streams and WebSockets, whose clients in browsers cannot send a header.

A token never stands in a URL, since URLs end up in logs and histories. A ticket may: it is good for one connection
within 30 seconds. Its row is deleted by the statement that looks for it, so of two uses one is refused.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import BigInteger, DateTime, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from portico.identity.audience import hears
from portico.identity.guard import BearerIfAny, IdentityOf, Writer, caller_on
from portico.identity.realm import Caller
from portico.identity.realm_services import Identity
from portico.identity.tokens import AccessClaims
from portico.kernel.database import Connection, fetch_one
from portico.kernel.errors import Unauthorized
from portico.kernel.event_socket import socket_route
from portico.kernel.event_stream import event_router
from portico.kernel.events import Sees, Watcher
from portico.kernel.routes import router
from portico.kernel.tables import KernelTable
from portico.kernel.unit_of_work import Writing

LIFETIME = timedelta(seconds=30)

MoreRoles = Callable[[Connection, Collection[int]], Awaitable[Mapping[int, Collection[str]]]]
"""From users to what they are beside the roles of their accounts, such as in projects."""


class Ticket(KernelTable):
    """A ticket that was not used yet. Its text is not stored, only its hash."""

    __tablename__ = "tickets"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    app: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger)
    session_id: Mapped[UUID] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class TicketOut(BaseModel):
    ticket: str
    expires_in: int


async def issue(connection: Connection, identity: Identity, caller: Caller) -> str:
    """A new ticket for the caller's session. A few that have expired are taken away on the way."""
    text = secrets.token_urlsafe(32)
    now = identity.clock()
    await connection.execute(
        """
        WITH expired AS (
            DELETE FROM portico.tickets WHERE digest IN (
                SELECT digest FROM portico.tickets WHERE expires_at < %(now)s LIMIT 100 FOR UPDATE SKIP LOCKED))
        INSERT INTO portico.tickets (digest, app, user_id, session_id, expires_at)
        VALUES (%(digest)s, %(app)s, %(user_id)s, %(session_id)s, %(expires)s)""",
        {
            "digest": _digest(text), "app": identity.realm.app, "user_id": caller.user_id,
            "session_id": caller.session_id, "now": now, "expires": now + LIFETIME,
        },
    )  # fmt: skip
    return text


async def redeem(connection: Connection, identity: Identity, ticket: str) -> Caller:
    """The caller whose ticket this is; from now on it is worth nothing. Raises `Unauthorized`."""
    now = identity.clock()
    row = await fetch_one(
        connection,
        """
        DELETE FROM portico.tickets WHERE digest = %(digest)s AND app = %(app)s
        RETURNING user_id, session_id, expires_at""",
        {"digest": _digest(ticket), "app": identity.realm.app},
    )
    if row is None or row["expires_at"] <= now:
        raise Unauthorized("Invalid ticket")
    return await identity.sessions.caller(connection, AccessClaims(row["user_id"], row["session_id"]), now)


def watcher_of(identity: Identity, caller: Caller) -> Watcher:
    """The caller as one who watches as long as the session lives."""
    return Watcher(key=caller.session_id, caller=caller, refresh=identity.still_there)


async def watcher(
    request: Request,
    credentials: BearerIfAny,
    ticket: Annotated[str | None, Query(description="From `POST /auth/ticket`; good once, for 30 seconds.")] = None,
) -> Watcher:
    """The dependency of streams: a ticket, or a bearer token from clients that can send one. Raises `Unauthorized`."""
    if ticket is not None:
        return await _holder(request, ticket)
    async with request.app.state.database.connection() as connection:
        caller = await caller_on(connection, request, credentials)
    return watcher_of(request.app.state.identity, caller)


def ticket_router(path: str = "/auth/ticket") -> APIRouter:
    """The route that gives tickets, for an app's registration."""
    api = router(tags=["auth"])

    @api.post(path, summary="Get a ticket for a stream", response_model=TicketOut, status_code=201)
    async def ticket(caller: Writer, write: Writing, identity: IdentityOf, response: Response) -> Any:
        response.headers["Cache-Control"] = "no-store"
        text = await issue(await write.connection(), identity, caller)
        return {"ticket": text, "expires_in": int(LIFETIME.total_seconds())}

    return api


def ticket_socket(*, sees: Sees = hears, path: str = "/ws") -> WebSocketRoute:
    """The WebSocket of an app's events, for who has a ticket."""
    return socket_route(watcher=ticket_holder, sees=sees, path=path)


def stream_router(*, sees: Sees = hears, path: str = "/events", more_roles: MoreRoles | None = None) -> APIRouter:
    """The stream of an app's events for signed-in callers; `sees` gets the `Caller` and an event.

    `more_roles` is asked as often as sessions are, for all watchers at once, and the `Caller` has these roles as well.
    """
    return event_router(watcher=_watcher_with(more_roles) if more_roles else watcher, sees=sees, path=path)


async def ticket_holder(socket: WebSocket) -> Watcher:
    """Who opens a WebSocket with a ticket in its address. Raises `Unauthorized`."""
    return await _holder(socket, socket.query_params.get("ticket", ""))


async def _holder(connected: HTTPConnection, ticket: str) -> Watcher:
    """Whose ticket this is. Raises `Unauthorized`."""
    identity: Identity = connected.app.state.identity
    async with connected.app.state.database.connection() as connection:
        caller = await redeem(connection, identity, ticket)
    connected.scope["portico.user"] = caller.user_id
    return watcher_of(identity, caller)


def _watcher_with(more_roles: MoreRoles) -> Callable[..., Awaitable[Watcher]]:
    async def watching(request: Request, who: Annotated[Watcher, Depends(watcher)]) -> Watcher:
        state = request.app.state
        if not hasattr(state, "refresh"):  # one for all, since watchers are asked about by what refreshes them
            state.refresh = partial(_refreshed, state.identity, more_roles)
        async with state.database.connection() as connection:
            caller = _in_all_roles(who.caller, await more_roles(connection, {who.caller.user_id}))
        return Watcher(key=who.key, caller=caller, refresh=state.refresh)

    return watching


async def _refreshed(
    identity: Identity, more_roles: MoreRoles, connection: Connection, session_ids: Collection[Hashable]
) -> dict[UUID, Caller]:
    callers = await identity.still_there(connection, session_ids)
    more = await more_roles(connection, {caller.user_id for caller in callers.values()})
    return {session_id: _in_all_roles(caller, more) for session_id, caller in callers.items()}


def _in_all_roles(caller: Caller, more: Mapping[int, Collection[str]]) -> Caller:
    return replace(caller, roles=caller.roles.union(more.get(caller.user_id, ())))


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
