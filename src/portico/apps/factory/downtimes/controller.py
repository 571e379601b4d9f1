"""The routes of shifts and downtimes."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.downtimes import reads
from portico.apps.factory.downtimes.schemas import (
    CloseIn,
    DowntimeIn,
    DowntimeOut,
    DowntimePage,
    ShiftIn,
    ShiftOut,
    ShiftPage,
)
from portico.apps.factory.downtimes.service import DowntimeNotFound, DowntimeService
from portico.apps.factory.downtimes.shift_service import ShiftNotFound, ShiftService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

downtimes = router(prefix="/api/v1/downtimes", tags=["downtimes"])
shifts = router(prefix="/api/v1/shifts", tags=["shifts"])


async def _shift_service(write: Writing, access: WriteAccess) -> ShiftService:
    return ShiftService(write, access)


Shifts = Annotated[ShiftService, Depends(_shift_service)]


@downtimes.get("", response_model=DowntimePage, summary="Downtimes, those recorded last first")
async def list_downtimes(
    access: ReadAccess,
    reading: Reading,
    workstation: IdFilter = None,
    is_open: Annotated[bool | None, Query(alias="open", description="Those that last, or the rest.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.downtimes(reading, workstation=workstation, is_open=is_open, limit=limit, cursor=cursor)


@downtimes.post(
    "", status_code=201, response_model=DowntimeOut, summary="Record a stop of a workstation", dependencies=[Once]
)  # fmt: skip
async def record_downtime(body: DowntimeIn, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    downtime_id = await DowntimeService(write, access, now).start(**body.model_dump())
    return await _shown_downtime(await write.connection(), downtime_id, response)


@downtimes.get("/{downtime_id}", response_model=DowntimeOut, summary="One downtime")
async def get_downtime(downtime_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown_downtime(reading, downtime_id, response)


@downtimes.post(
    "/{downtime_id}/close", response_model=DowntimeOut, summary="The workstation runs again", dependencies=[Once]
)  # fmt: skip
async def close_downtime(
    downtime_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response, body: CloseIn | None = None
) -> Any:
    await DowntimeService(write, access, now).close(downtime_id, **(body or CloseIn()).model_dump())
    return await _shown_downtime(await write.connection(), downtime_id, response)


@shifts.get("", response_model=ShiftPage, summary="Shifts, those planned last first")
async def list_shifts(
    access: ReadAccess, reading: Reading, workstation: IdFilter = None, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    return await reads.shifts(reading, workstation=workstation, limit=limit, cursor=cursor)


@shifts.post("", status_code=201, response_model=ShiftOut, summary="Plan a shift", dependencies=[Once])
async def plan_shift(body: ShiftIn, service: Shifts, write: Writing, response: Response) -> Any:
    shift_id = await service.plan(**body.model_dump())
    return await _shown_shift(await write.connection(), shift_id, response)


@shifts.get("/{shift_id}", response_model=ShiftOut, summary="One shift")
async def get_shift(shift_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown_shift(reading, shift_id, response)


@shifts.put("/{shift_id}", response_model=ShiftOut, summary="Change a shift")
async def change_shift(
    shift_id: Id, body: ShiftIn, service: Shifts, write: Writing, match: Matching, response: Response
) -> Any:
    await service.change(shift_id, match, **body.model_dump())
    return await _shown_shift(await write.connection(), shift_id, response)


@shifts.delete("/{shift_id}", status_code=204, summary="Cancel a shift")
async def cancel_shift(shift_id: Id, service: Shifts, match: Matching) -> None:
    await service.cancel(shift_id, match)


async def _shown_downtime(connection: Connection, downtime_id: int, response: Response) -> Any:
    return tagged(response, await reads.downtime(connection, downtime_id), DowntimeNotFound(downtime_id))


async def _shown_shift(connection: Connection, shift_id: int, response: Response) -> Any:
    return tagged(response, await reads.shift(connection, shift_id), ShiftNotFound(shift_id))
