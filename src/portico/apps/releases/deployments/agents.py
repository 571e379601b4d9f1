"""The routes of agents: claim a deployment, report on it, end it. An API key for `deploy:run` alone may."""

from typing import Annotated, Any

from fastapi import Path, Response

from portico.apps.releases.access import WriteAccess
from portico.apps.releases.deployments.controller import shown
from portico.apps.releases.deployments.reads import lease, stage
from portico.apps.releases.deployments.running import RunService, agent
from portico.apps.releases.deployments.schemas import ClaimIn, DeploymentOut, FailureIn, LeaseOut, StageIn, StageOut
from portico.identity.public import Once
from portico.kernel.etags import Matching
from portico.kernel.inputs import Id, Now
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Writing

agents = router(prefix="/api/v1/deployments/{deployment_id}", tags=["agents"])
StageNumber = Annotated[int, Path(ge=1, le=100)]


@agents.post("/claim", response_model=DeploymentOut, summary="Start a deployment that is queued", dependencies=[Once])
async def claim(
    deployment_id: Id, body: ClaimIn, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    await RunService(write, agent(access), now).claim(deployment_id, body.agent)
    return await shown(await write.connection(), deployment_id, response)


@agents.post("/heartbeat", response_model=LeaseOut, summary="Still at it", dependencies=[Once])
async def heartbeat(deployment_id: Id, write: Writing, access: WriteAccess, now: Now) -> Any:
    await RunService(write, agent(access), now).heartbeat(deployment_id)
    return await lease(await write.connection(), deployment_id)


@agents.post("/succeed", response_model=DeploymentOut, summary="It runs there now", dependencies=[Once])
async def succeed(deployment_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    await RunService(write, agent(access), now).succeed(deployment_id)
    return await shown(await write.connection(), deployment_id, response)


@agents.post("/fail", response_model=DeploymentOut, summary="It did not work", dependencies=[Once])
async def fail(
    deployment_id: Id, body: FailureIn, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    await RunService(write, agent(access), now).fail(deployment_id, body.cause)
    return await shown(await write.connection(), deployment_id, response)


@agents.patch("/stages/{number}", response_model=StageOut, summary="Report on a stage")
async def report_stage(
    deployment_id: Id, number: StageNumber, body: StageIn, write: Writing, access: WriteAccess, now: Now,
    match: Matching,
) -> Any:  # fmt: skip
    service = RunService(write, agent(access), now)
    await service.report(deployment_id, number, match, name=body.name, state=body.state, log=body.log)
    return await stage(await write.connection(), deployment_id, number)
