"""The environment routes."""

from typing import Any

from fastapi import Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.environments import reads
from portico.apps.releases.environments.schemas import EnvironmentIn, EnvironmentOut, EnvironmentPatch
from portico.apps.releases.environments.service import EnvironmentNotFound, EnvironmentService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

environments = router(prefix="/api/v1/environments", tags=["environments"])


@environments.get("", response_model=list[EnvironmentOut], summary="All environments, in the order of their ranks")
async def list_environments(reading: Reading, access: ReadAccess) -> Any:
    return await reads.environments(reading)


@environments.post(
    "", status_code=201, response_model=EnvironmentOut, summary="Add an environment", dependencies=[Once]
)
async def create_environment(body: EnvironmentIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    environment_id = await EnvironmentService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), environment_id, response)


@environments.get("/{environment_id}", response_model=EnvironmentOut, summary="One environment")
async def get_environment(environment_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, environment_id, response)


@environments.put("/{environment_id}", response_model=EnvironmentOut, summary="Change some of an environment")
async def change_environment(
    environment_id: Id, body: EnvironmentPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await EnvironmentService(write, access).change(environment_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), environment_id, response)


@environments.delete("/{environment_id}", status_code=204, summary="Remove an environment that nothing was deployed to")
async def delete_environment(environment_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await EnvironmentService(write, access).delete(environment_id, match)


async def _shown(connection: Connection, environment_id: int, response: Response) -> Any:
    return tagged(response, await reads.environment(connection, environment_id), EnvironmentNotFound(environment_id))
