"""The freeze routes."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query, Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.freezes import calendar, reads
from portico.apps.releases.freezes.schemas import (
    FreezeIn,
    FreezeOut,
    FreezePage,
    FreezePatch,
    OccurrenceOut,
    OverrideIn,
    OverrideOut,
    Time,
)
from portico.apps.releases.freezes.service import FreezeNotFound, FreezeService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.errors import InvalidInput, existing
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

freezes = router(prefix="/api/v1/freezes", tags=["freezes"])

LONGEST_WINDOW = timedelta(days=366)
CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}}}, "description": "From a month ago to a year on."}
}


async def _freezing(write: Writing, access: WriteAccess, now: Now) -> FreezeService:
    return FreezeService(write, access, now)


Freezing = Annotated[FreezeService, Depends(_freezing)]


@freezes.get("", response_model=FreezePage, summary="Freezes, the newest first")
async def list_freezes(
    access: ReadAccess,
    reading: Reading,
    now: Now,
    current: Annotated[bool | None, Query(description="Those that may hold yet, or those that are over.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.freezes(reading, now=now, current=current, limit=limit, cursor=cursor)


@freezes.get("/calendar.ics", summary="Freezes as a calendar", response_class=Response, responses=CALENDAR)
async def get_calendar(access: ReadAccess, reading: Reading, now: Now) -> Response:
    rows = await reads.for_calendar(reading, now, calendar.BEHIND)
    return Response(calendar.written(rows, now), headers={"content-type": "text/calendar; charset=utf-8"})


@freezes.post("", status_code=201, response_model=FreezeOut, summary="Freeze", dependencies=[Once])
async def create_freeze(body: FreezeIn, service: Freezing, write: Writing, now: Now, response: Response) -> Any:
    freeze_id = await service.create(**body.model_dump())
    return await _shown(await write.connection(), freeze_id, now, response)


@freezes.get("/{freeze_id}", response_model=FreezeOut, summary="One freeze")
async def get_freeze(freeze_id: Id, access: ReadAccess, reading: Reading, now: Now, response: Response) -> Any:
    return await _shown(reading, freeze_id, now, response)


@freezes.put("/{freeze_id}", response_model=FreezeOut, summary="Change some of a freeze")
async def change_freeze(
    freeze_id: Id, body: FreezePatch, service: Freezing, write: Writing, match: Matching, now: Now, response: Response
) -> Any:
    await service.change(freeze_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), freeze_id, now, response)


@freezes.delete("/{freeze_id}", status_code=204, summary="Remove a freeze that has not begun")
async def delete_freeze(freeze_id: Id, service: Freezing, match: Matching) -> None:
    await service.delete(freeze_id, match)


@freezes.post("/{freeze_id}/end", response_model=FreezeOut, summary="End a freeze for good", dependencies=[Once])
async def end_freeze(freeze_id: Id, service: Freezing, write: Writing, now: Now, response: Response) -> Any:
    await service.end(freeze_id)
    return await _shown(await write.connection(), freeze_id, now, response)


@freezes.post(
    "/{freeze_id}/override", status_code=201, response_model=OverrideOut, dependencies=[Once],
    summary="Let one deployment through, on the record",
)  # fmt: skip
async def override_freeze(freeze_id: Id, body: OverrideIn, service: Freezing, write: Writing) -> Any:
    override_id = await service.override(freeze_id, body.deployment_id, body.reason)
    return await reads.override(await write.connection(), override_id)


@freezes.get("/{freeze_id}/overrides", response_model=list[OverrideOut], summary="What was let through, and why")
async def list_overrides(freeze_id: Id, access: ReadAccess, reading: Reading, now: Now) -> Any:
    existing(await reads.freeze(reading, freeze_id, now), FreezeNotFound(freeze_id))
    return await reads.overrides_in(reading, freeze_id)


@freezes.get("/{freeze_id}/occurrences", response_model=list[OccurrenceOut], summary="When a freeze holds")
async def list_occurrences(
    freeze_id: Id,
    access: ReadAccess,
    reading: Reading,
    now: Now,
    low: Annotated[Time | None, Query(alias="from", description="Now, where it is absent.")] = None,
    high: Annotated[Time | None, Query(alias="to", description="90 days later; a year at the most.")] = None,
) -> Any:
    row = existing(await reads.freeze(reading, freeze_id, now), FreezeNotFound(freeze_id))
    return reads.occurrences(row, *_window(low or now, high))


def _window(low: datetime, high: datetime | None) -> tuple[datetime, datetime]:
    high = high or low + timedelta(days=90)
    if not low < high <= low + LONGEST_WINDOW:
        raise InvalidInput(details={"to": "must be after `from`, by a year at the most"})
    return low, high


async def _shown(connection: Connection, freeze_id: int, now: datetime, response: Response) -> Any:
    return tagged(response, await reads.freeze(connection, freeze_id, now), FreezeNotFound(freeze_id))
