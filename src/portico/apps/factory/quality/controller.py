"""The routes of inspections and nonconformances."""

from typing import Annotated, Any

from fastapi import Depends, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.quality import reads
from portico.apps.factory.quality.schemas import (
    ActionOut,
    DispositionIn,
    InspectionIn,
    InspectionOut,
    InspectionPage,
    NonconformanceIn,
    NonconformanceOut,
    NonconformancePage,
    ReasonIn,
    Result,
    State,
    stored,
)
from portico.apps.factory.quality.service import (
    InspectionNotFound,
    NonconformanceNotFound,
    QualityService,
    possibilities,
)
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.etags import tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

inspections = router(prefix="/api/v1/inspections", tags=["quality"])
nonconformances = router(prefix="/api/v1/nonconformances", tags=["quality"])


async def _service(write: Writing, access: WriteAccess, now: Now) -> QualityService:
    return QualityService(write, access, now)


Quality = Annotated[QualityService, Depends(_service)]


@inspections.get("", response_model=InspectionPage, summary="Inspections, the newest first")
async def list_inspections(
    access: ReadAccess,
    reading: Reading,
    lot: IdFilter = None,
    piece: IdFilter = None,
    operation: IdFilter = None,
    result: Result | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"lot": lot, "piece": piece, "operation": operation, "result": result}
    return await reads.inspections(reading, filters, limit=limit, cursor=cursor)


@inspections.post(
    "", status_code=201, response_model=InspectionOut, summary="Record an inspection", dependencies=[Once]
)  # fmt: skip
async def record_inspection(body: InspectionIn, service: Quality, write: Writing) -> Any:
    values = {**body.model_dump(), "measurements": stored(body)}
    return await _inspection(await write.connection(), await service.inspect(**values))


@inspections.get("/{inspection_id}", response_model=InspectionOut, summary="One inspection")
async def get_inspection(inspection_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return await _inspection(reading, inspection_id)


@nonconformances.get("", response_model=NonconformancePage, summary="Nonconformances, the newest first")
async def list_nonconformances(
    access: ReadAccess,
    reading: Reading,
    state: State | None = None,
    lot: IdFilter = None,
    piece: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"state": state, "lot": lot, "piece": piece}
    return await reads.nonconformances(reading, filters, limit=limit, cursor=cursor)


@nonconformances.post(
    "", status_code=201, response_model=NonconformanceOut, summary="Open a nonconformance", dependencies=[Once]
)  # fmt: skip
async def open_nonconformance(body: NonconformanceIn, service: Quality, write: Writing, response: Response) -> Any:
    return await _shown(await write.connection(), await service.open(**body.model_dump()), response)


@nonconformances.get("/{nonconformance_id}", response_model=NonconformanceOut, summary="One nonconformance")
async def get_nonconformance(nonconformance_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, nonconformance_id, response)


@nonconformances.get(
    "/{nonconformance_id}/actions", response_model=list[ActionOut],
    summary="What you may do with a nonconformance now",
)  # fmt: skip
async def list_actions(nonconformance_id: Id, access: ReadAccess, reading: Reading) -> Any:
    row = existing(await reads.nonconformance(reading, nonconformance_id), NonconformanceNotFound(nonconformance_id))
    return possibilities(row, access)


@nonconformances.post(
    "/{nonconformance_id}/contain", response_model=NonconformanceOut, summary="Block what is affected",
    dependencies=[Once],
)  # fmt: skip
async def contain(
    nonconformance_id: Id, service: Quality, write: Writing, response: Response, body: ReasonIn | None = None
) -> Any:
    await service.contain(nonconformance_id, body.reason if body else "")
    return await _shown(await write.connection(), nonconformance_id, response)


@nonconformances.post(
    "/{nonconformance_id}/disposition", response_model=NonconformanceOut,
    summary="Decide what becomes of it, and do so", dependencies=[Once],
)  # fmt: skip
async def dispose(
    nonconformance_id: Id, body: DispositionIn, service: Quality, write: Writing, response: Response
) -> Any:
    await service.dispose(nonconformance_id, body.disposition, body.reason)
    return await _shown(await write.connection(), nonconformance_id, response)


@nonconformances.post(
    "/{nonconformance_id}/close", response_model=NonconformanceOut, summary="What was decided is done",
    dependencies=[Once],
)  # fmt: skip
async def close(
    nonconformance_id: Id, service: Quality, write: Writing, response: Response, body: ReasonIn | None = None
) -> Any:
    await service.close(nonconformance_id, body.reason if body else "")
    return await _shown(await write.connection(), nonconformance_id, response)


async def _inspection(connection: Connection, inspection_id: int) -> Any:
    return existing(await reads.inspection(connection, inspection_id), InspectionNotFound(inspection_id))


async def _shown(connection: Connection, nonconformance_id: int, response: Response) -> Any:
    row = await reads.nonconformance(connection, nonconformance_id)
    return tagged(response, row, NonconformanceNotFound(nonconformance_id))
