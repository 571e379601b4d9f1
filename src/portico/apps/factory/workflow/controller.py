"""The routes of the workflow log."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from portico.apps.factory.access import ReadAccess
from portico.apps.factory.local_time import moment, zone_of_company
from portico.apps.factory.permissions import Action
from portico.apps.factory.workflow import reads
from portico.apps.factory.workflow.schemas import EventPage, StatisticsOut
from portico.kernel.csv_cells import CSV, written
from portico.kernel.errors import InvalidInput
from portico.kernel.inputs import Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit, seal, unseal
from portico.kernel.replica import Replica
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading

COLUMNS = (
    "at", "kind", "user_id", "user", "workstation_id", "workstation", "project_id", "component_id", "assembly_id",
    "piece_id", "piece", "lot_id", "work_order_id", "operation_id", "details",
)  # fmt: skip
AT_ONCE = 1000  # lines that are held in memory
LONGEST = {"hour": timedelta(days=31), "day": timedelta(days=366)}
LAST = {"hour": timedelta(days=1), "day": timedelta(days=30)}
"""What is looked at where nothing is said."""

Since = Annotated[datetime | None, Query(alias="from", description="Without an offset it is the company's time.")]
Until = Annotated[datetime | None, Query(alias="to", description="Before this time.")]
workflow = router(prefix="/api/v1", tags=["workflow"])


async def _filters(
    reading: Reading,
    access: ReadAccess,
    kind: Annotated[str | None, Query(max_length=100, description="Such as `PieceCut`.")] = None,
    workstation: IdFilter = None,
    user: IdFilter = None,
    project: IdFilter = None,
    piece: IdFilter = None,
    since: Since = None,
    until: Until = None,
) -> dict[str, Any]:
    access.require(Action.WORK)  # the floor's own log: a program with a key reads what came of it
    zone = await zone_of_company(reading)
    return {
        "kind": kind, "workstation": workstation, "user": user, "project": project, "piece": piece,
        "since": since and moment(since, zone, "from"), "until": until and moment(until, zone, "to"),
    }  # fmt: skip


Filters = Annotated[dict[str, Any], Depends(_filters)]


@workflow.get("/workflow", response_model=EventPage, summary="What happened on the floor, the newest first")
async def list_events(reading: Reading, filters: Filters, limit: Limit = 50, cursor: Cursor = None) -> Any:
    after = _place(cursor) if cursor else None
    rows = await reads.events(reading, filters, after=after, limit=limit)
    following = seal(rows[-1]["at"].isoformat(), rows[-1]["id"]) if len(rows) == limit else None
    return {"items": rows, "next_cursor": following}


@workflow.get(
    "/workflow.csv",
    summary="All of that as a table",
    responses={
        200: {"description": "The lines, the newest first.", "content": {"text/csv": {"schema": {"type": "string"}}}}
    },
)
async def export_events(request: Request, filters: Filters) -> Response:
    headers = {"content-type": CSV, "content-disposition": 'attachment; filename="workflow.csv"'}
    if request.method == "HEAD":
        return Response(headers=headers)
    return StreamingResponse(_lines(request.app.state.replica, filters), headers=headers)


@workflow.get(
    "/workflow/statistics", response_model=StatisticsOut, summary="How often what happened, where, by whom and when"
)
async def get_statistics(
    reading: Reading,
    access: ReadAccess,
    now: Now,
    by: Literal["hour", "day"] = "hour",
    since: Since = None,
    until: Until = None,
) -> Any:
    access.require(Action.PLAN)  # it says how much each person has done
    zone = await zone_of_company(reading)
    end = now if until is None else moment(until, zone, "to")
    start = end - LAST[by] if since is None else moment(since, zone, "from")
    if not start < end <= start + LONGEST[by]:
        raise InvalidInput(details={"from": f"must be before `to`, by up to {LONGEST[by].days} days"})
    found = await reads.statistics(reading, since=start, until=end, by=by, zone=zone)
    return {"from": start.astimezone(zone), "to": end.astimezone(zone), "time_zone": zone.key, "by": by, **found}


async def _lines(replica: Replica, filters: dict[str, Any]) -> AsyncIterator[bytes]:
    """Part by part, each on a connection that it gives back: a client that reads slowly holds none."""
    yield written([COLUMNS])
    after: reads.Place | None = None
    while rows := await _part(replica, filters, after):
        yield written(tuple(row[name] for name in COLUMNS) for row in rows)
        after = rows[-1]["at"], rows[-1]["id"]


async def _part(replica: Replica, filters: dict[str, Any], after: reads.Place | None) -> list[dict[str, Any]]:
    return await replica.read(lambda connection: reads.events(connection, filters, after=after, limit=AT_ONCE))


def _place(cursor: str) -> reads.Place:
    at, event_id = unseal(cursor, str, int)
    try:
        return datetime.fromisoformat(at), event_id
    except ValueError:
        raise InvalidInput(details={"cursor": "is not one that this list has given"}) from None
