"""The routes of an app's event log, for those whom the app lets read it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, params
from pydantic import BaseModel, Field

from portico.kernel import event_log, event_seals
from portico.kernel.errors import InvalidInput
from portico.kernel.event_seals import Head
from portico.kernel.inputs import Id
from portico.kernel.paging import BIGGEST_ID, Limit, seal, unseal
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, ReplicaReading

MOST_AT_ONCE = 50_000  # places of the chain that one request verifies: about a second

Place = Annotated[int, Query(ge=0, le=BIGGEST_ID)]
Hash = Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")]


class LoggedEventOut(BaseModel):
    id: int
    at: datetime
    actor: str = Field(description="The key of who did it; empty: somebody who had not signed in.")
    actor_name: str = Field(description="What they were called then.")
    address: str
    action: str
    object: str
    details: dict[str, Any]
    seq: int | None = Field(description="The place in the chain; null until it is sealed, within a second.")
    hash: str | None


class LogPage(BaseModel):
    """Events, the newest first."""

    events: list[LoggedEventOut]
    next_cursor: str | None = Field(description="For `cursor`; null on the last page.")


class HeadOut(BaseModel):
    """The end of the chain. Keep it elsewhere: it proves later that nothing up to it was changed."""

    seq: int
    event_id: int | None
    hash: str


class FaultOut(BaseModel):
    seq: int
    event_id: int | None
    reason: str


class VerdictOut(BaseModel):
    ok: bool = Field(description="Nothing wrong was found up to `verified`.")
    fault: FaultOut | None = Field(description="The first thing that is wrong.")
    verified: int = Field(description="The last place that is right.")
    sealed: int = Field(description="The length of the chain.")
    unsealed: int = Field(description="Events at its end that wait for their seal.")
    next_after: int | None = Field(description="Where the next request goes on; null: this one came to the end.")


def log_routes(*, reading_admin: params.Depends, prefix: str = "/log") -> APIRouter:
    """`GET /log`, `/log/head` and `/log/verify`.

    `reading_admin` is a `Depends` that raises unless the caller may read the log, on the connection of a read.
    """
    routes = chain_routes(reading=reading_admin, prefix=prefix)

    @routes.get("", response_model=LogPage, summary="What was done, the newest first")
    async def list_events(
        request: Request,
        reading: ReplicaReading,
        object: Annotated[str | None, Query(max_length=200, description="Of one object, such as `item:5`.")] = None,
        limit: Limit = 50,
        cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    ) -> Any:
        before: Id | None = unseal(cursor, int)[0] if cursor else None
        rows = await event_log.page(reading, request.app.state.name, of=object, before=before, limit=limit)
        return {"events": rows, "next_cursor": seal(rows[-1]["id"]) if len(rows) == limit else None}

    return routes


def chain_routes(*, reading: params.Depends, prefix: str = "/log") -> APIRouter:
    """`GET /log/head` and `/log/verify` alone, for an app that shows its log in its own way."""
    routes = router(prefix=prefix, tags=["log"], dependencies=[reading])

    @routes.get("/head", response_model=HeadOut, summary="The end of the chain, to keep elsewhere")
    async def show_head(request: Request, connection: Reading) -> Any:
        return await event_log.head(connection, request.app.state.name)

    @routes.get("/verify", response_model=VerdictOut, summary="Whether anything in the log was changed")
    async def verify(
        request: Request, connection: Reading, after: Place = 0, head_seq: Place = 0, head_hash: Hash = None
    ) -> Any:
        if (head_hash is None) != (head_seq == 0):
            raise InvalidInput(details={"head_hash": "belongs to head_seq: give both, or neither"})
        exported = None if head_hash is None else Head(head_seq, head_hash)
        found = await event_seals.verify(
            connection, request.app.state.name, after=after, most=MOST_AT_ONCE, exported=exported
        )
        is_over = found.fault is not None or found.verified >= found.sealed
        return {
            "ok": found.fault is None, "fault": found.fault, "verified": found.verified, "sealed": found.sealed,
            "unsealed": found.unsealed, "next_after": None if is_over else found.verified,
        }  # fmt: skip

    return routes
