"""The routes by which users see where they are signed in, and end what they do not know."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from portico.identity.guard import IdentityOf, Reader, Writer
from portico.kernel.errors import NotFound
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing


class SessionOut(BaseModel):
    id: UUID
    address: str
    user_agent: str
    created_at: datetime
    last_used_at: datetime = Field(description="When its tokens were last made, which they are every few minutes.")
    expires_at: datetime
    current: bool = Field(description="Whether it is the one that asks.")


class SessionNotFound(NotFound):
    message = "There is no such session"


def session_router(path: str = "/auth/sessions") -> APIRouter:
    """The callers' own sessions: list and end, for an app's registration."""
    api = router(prefix=path, tags=["auth"])

    @api.get("", response_model=list[SessionOut], summary="Where the caller is signed in")
    async def list_sessions(caller: Reader, reading: Reading, identity: IdentityOf) -> Any:
        rows = await identity.sessions.of_user(reading, caller.user_id, identity.clock())
        return [{**row, "current": row["id"] == caller.session_id} for row in rows]

    @api.delete("/{session_id}", status_code=204, summary="End one of the caller's sessions")
    async def end_session(session_id: UUID, caller: Writer, write: Writing, identity: IdentityOf) -> None:
        connection = await write.connection()
        if not await identity.sessions.end(connection, session_id, user_id=caller.user_id, now=identity.clock()):
            raise SessionNotFound

    return api
