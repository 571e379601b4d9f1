"""One-time tickets for streams and WebSockets, whose clients in browsers cannot send a header.

A token never stands in a URL, since URLs end up in logs and histories. A ticket may: it is good for one connection
within 30 seconds. Its row is deleted by the statement that looks for it, so of two uses one is refused.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
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


def stream_router(*, sees: Sees = hears, path: str = "/events") -> APIRouter:
    """The stream of an app's events for signed-in callers; `sees` gets the `Caller` and an event."""
    return event_router(watcher=watcher, sees=sees, path=path)


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


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
