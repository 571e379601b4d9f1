"""The event log for auditors: searched, and exported so that whoever has the file can verify it: docs/audit-log.md."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, BaseModel, Field

from portico.apps.releases.access import reading_log
from portico.kernel import event_log
from portico.kernel.csv_cells import CSV, written
from portico.kernel.errors import InvalidInput
from portico.kernel.event_log import Wanted
from portico.kernel.event_log_routes import LoggedEventOut
from portico.kernel.paging import Limit, seal, unseal
from portico.kernel.replica import Replica
from portico.kernel.routes import router
from portico.kernel.unit_of_work import ReplicaReading

COLUMNS = (
    "seq", "id", "app", "at", "actor", "actor_name", "address", "action", "object", "details", "previous_hash", "hash",
)  # fmt: skip
AT_ONCE = 1000  # lines that are held in memory


def _in_utc(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]
Place = tuple[datetime, int]
Word = Annotated[str | None, Query(max_length=200)]


class AuditPage(BaseModel):
    """Events, the newest first."""

    items: list[LoggedEventOut]
    next_cursor: str | None = Field(description="For `cursor`; null on the last page.")


async def _wanted(
    actor: Annotated[str | None, Query(max_length=200, description="A user's id, or the name they had.")] = None,
    action: Annotated[str | None, Query(max_length=200, description="`release.published`, or `release.*`.")] = None,
    object: Annotated[str | None, Query(max_length=200, description="`release:5`")] = None,
    since: Annotated[Moment | None, Query(alias="from", description="In UTC where it names no zone.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Before this time.")] = None,
) -> Wanted:
    return Wanted(actor=actor, action=action, object=object, since=since, until=until)


WantedIn = Annotated[Wanted, Depends(_wanted)]
audit_log = router(prefix="/api/v1", tags=["log"], dependencies=[reading_log])


@audit_log.get("/audit-logs", response_model=AuditPage, summary="Who did what, when and from where")
async def list_audit_log(
    request: Request, wanted: WantedIn, reading: ReplicaReading, limit: Limit = 50, cursor: Word = None
) -> Any:
    before = _place(cursor) if cursor else None
    rows = await event_log.search(reading, request.app.state.name, wanted, before=before, limit=limit + 1)
    is_more = len(rows) > limit
    last = rows[limit - 1] if is_more else None
    return {"items": rows[:limit], "next_cursor": seal(last["at"].isoformat(), last["id"]) if last else None}


@audit_log.get(
    "/audit-logs.csv", summary="The same as CSV, the oldest first, with what it takes to verify each line",
    response_class=Response,
    responses={200: {"description": "A line for each.", "content": {"text/csv": {"schema": {"type": "string"}}}}},
)  # fmt: skip
async def export_audit_log(request: Request, wanted: WantedIn) -> Response:
    headers = {"content-type": CSV, "content-disposition": 'attachment; filename="audit-log.csv"'}
    if request.method == "HEAD":
        return Response(headers=headers)
    return StreamingResponse(_lines(request.app.state.replica, request.app.state.name, wanted), headers=headers)


async def _lines(replica: Replica, app: str, wanted: Wanted) -> AsyncIterator[bytes]:
    """Part by part, each on a connection that it gives back: a client that reads slowly holds none."""
    yield written([COLUMNS])
    rows = await _after(replica, app, wanted, None)
    while rows:
        yield written(tuple(row[name] for name in COLUMNS) for row in rows)
        rows = await _after(replica, app, wanted, (rows[-1]["moment"], rows[-1]["id"]))


async def _after(replica: Replica, app: str, wanted: Wanted, place: Place | None) -> list[dict[str, Any]]:
    return await replica.read(lambda connection: event_log.export(connection, app, wanted, after=place, limit=AT_ONCE))


def _place(cursor: str) -> Place:
    at, event_id = unseal(cursor, str, int)
    try:
        return datetime.fromisoformat(at), event_id
    except ValueError:
        raise InvalidInput(details={"cursor": "is not one that this list has given"}) from None
