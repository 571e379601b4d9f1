"""The lifecycle routes."""

from typing import Any

from fastapi import Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.lifecycles import reads
from portico.apps.releases.lifecycles.schemas import LifecycleIn, LifecycleOut, LifecyclePatch
from portico.apps.releases.lifecycles.service import LifecycleNotFound, LifecycleService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

lifecycles = router(prefix="/api/v1/lifecycles", tags=["lifecycles"])


@lifecycles.get("", response_model=list[LifecycleOut], summary="All lifecycles, with their phases")
async def list_lifecycles(reading: Reading, access: ReadAccess) -> Any:
    return await reads.lifecycles(reading)


@lifecycles.post("", status_code=201, response_model=LifecycleOut, summary="Add a lifecycle", dependencies=[Once])
async def create_lifecycle(body: LifecycleIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    lifecycle_id = await LifecycleService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), lifecycle_id, response)


@lifecycles.get("/{lifecycle_id}", response_model=LifecycleOut, summary="One lifecycle")
async def get_lifecycle(lifecycle_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, lifecycle_id, response)


@lifecycles.put("/{lifecycle_id}", response_model=LifecycleOut, summary="Change some of a lifecycle")
async def change_lifecycle(
    lifecycle_id: Id, body: LifecyclePatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await LifecycleService(write, access).change(lifecycle_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), lifecycle_id, response)


@lifecycles.delete(
    "/{lifecycle_id}", status_code=204, summary="Remove a lifecycle that no service and no channel goes by"
)
async def delete_lifecycle(lifecycle_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await LifecycleService(write, access).delete(lifecycle_id, match)


async def _shown(connection: Connection, lifecycle_id: int, response: Response) -> Any:
    return tagged(response, await reads.lifecycle(connection, lifecycle_id), LifecycleNotFound(lifecycle_id))
