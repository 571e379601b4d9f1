"""The workstation routes."""

from typing import Annotated, Any

from fastapi import Query, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.workstations import reads
from portico.apps.factory.workstations.schemas import Type, WorkstationIn, WorkstationOut, WorkstationPatch
from portico.apps.factory.workstations.service import WorkstationNotFound, WorkstationService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

workstations = router(prefix="/api/v1/workstations", tags=["workstations"])

Deleted = Annotated[bool, Query(description="Those that were deleted, in place of the others.")]


@workstations.get("", response_model=list[WorkstationOut], summary="All workstations, by name")
async def list_workstations(
    reading: Reading, access: ReadAccess, type: Type | None = None, deleted: Deleted = False
) -> Any:
    return await reads.workstations(reading, deleted=deleted, type=type)


@workstations.post("", status_code=201, response_model=WorkstationOut, summary="Add a workstation", dependencies=[Once])
async def create_workstation(
    body: WorkstationIn, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    workstation_id = await WorkstationService(write, access, now).create(**body.model_dump())
    return await _shown(await write.connection(), workstation_id, response)


@workstations.get("/{workstation_id}", response_model=WorkstationOut, summary="One workstation")
async def get_workstation(workstation_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, workstation_id, response)


@workstations.put("/{workstation_id}", response_model=WorkstationOut, summary="Change some of a workstation")
async def change_workstation(
    workstation_id: Id,
    body: WorkstationPatch,
    write: Writing,
    access: WriteAccess,
    match: Matching,
    now: Now,
    response: Response,
) -> Any:
    values = body.model_dump(exclude_unset=True)
    await WorkstationService(write, access, now).change(workstation_id, match, **values)
    return await _shown(await write.connection(), workstation_id, response)


@workstations.delete("/{workstation_id}", status_code=204, summary="Delete a workstation, so that it can be restored")
async def delete_workstation(
    workstation_id: Id, write: Writing, access: WriteAccess, match: Matching, now: Now
) -> None:
    await WorkstationService(write, access, now).delete(workstation_id, match)


@workstations.post(
    "/{workstation_id}/restore", response_model=WorkstationOut, summary="Bring a deleted workstation back",
    dependencies=[Once],
)  # fmt: skip
async def restore_workstation(
    workstation_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    await WorkstationService(write, access, now).restore(workstation_id)
    return await _shown(await write.connection(), workstation_id, response)


@workstations.post(
    "/{workstation_id}/code", response_model=WorkstationOut, summary="Give a workstation a new code to sign in with",
    dependencies=[Once],
)  # fmt: skip
async def renew_code(
    workstation_id: Id, write: Writing, access: WriteAccess, match: Matching, now: Now, response: Response
) -> Any:
    await WorkstationService(write, access, now).renew_code(workstation_id, match)
    return await _shown(await write.connection(), workstation_id, response)


async def _shown(connection: Connection, workstation_id: int, response: Response) -> Any:
    return tagged(response, await reads.workstation(connection, workstation_id), WorkstationNotFound(workstation_id))
