"""The deployment routes: what is asked for, and what becomes of it."""

from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.admission.service import explain
from portico.apps.releases.approvals import reads as approvals
from portico.apps.releases.approvals.schemas import ApprovalIn, ApprovalOut
from portico.apps.releases.deployments import reads
from portico.apps.releases.deployments.decisions import decide
from portico.apps.releases.deployments.errors import DeploymentNotFound
from portico.apps.releases.deployments.schemas import (
    ActionOut,
    DeploymentIn,
    DeploymentOut,
    DeploymentPage,
    ExplanationOut,
    LogOut,
    ReasonIn,
    ReviewIn,
    RollbackIn,
    Status,
)
from portico.apps.releases.deployments.service import DeploymentService, possibilities
from portico.identity.public import Once
from portico.kernel.database import Connection, Row
from portico.kernel.errors import existing
from portico.kernel.etags import tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.paging import BIGGEST_ID, Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

deployments = router(prefix="/api/v1/deployments", tags=["deployments"])

IdOf = Annotated[int | None, Query(ge=0, le=BIGGEST_ID)]
NameOf = Annotated[str | None, Query(max_length=100)]


async def _filters(
    status: Annotated[Status | None, Query(description="`queued` is what an agent may claim.")] = None,
    service_id: IdOf = None,
    service: NameOf = None,
    environment_id: IdOf = None,
    environment: NameOf = None,
    release_id: IdOf = None,
    needs_review: Annotated[bool, Query(description="Emergencies that are over and were not reviewed.")] = False,
) -> dict[str, Any]:
    return {
        "status": status, "service_id": service_id, "service": service, "environment_id": environment_id,
        "environment": environment, "release_id": release_id, "needs_review": needs_review,
    }  # fmt: skip


Filters = Annotated[dict[str, Any], Depends(_filters)]


@deployments.get("", response_model=DeploymentPage, summary="Deployments that match, the newest first")
async def list_deployments(
    access: ReadAccess,
    reading: Reading,
    filters: Filters,
    sort: Annotated[Literal["-id", "id"], Query(description="`id`: the oldest first, as agents take them.")] = "-id",
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
) -> Any:
    return await reads.deployments(reading, filters, limit=limit, cursor=cursor, oldest_first=sort == "id")


@deployments.post(
    "", status_code=201, response_model=DeploymentOut, summary="Ask for a deployment", dependencies=[Once]
)  # fmt: skip
async def request_deployment(
    body: DeploymentIn, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    deployment_id = await DeploymentService(write, access, now).request(**body.model_dump())
    return await shown(await write.connection(), deployment_id, response)


@deployments.get("/{deployment_id}", response_model=DeploymentOut, summary="One deployment")
async def get_deployment(deployment_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await shown(reading, deployment_id, response)


@deployments.get("/{deployment_id}/explain", response_model=ExplanationOut, summary="Why it may or may not start")
async def explain_deployment(deployment_id: Id, access: ReadAccess, reading: Reading, now: Now) -> Any:
    return (await explain(reading, await _known(reading, deployment_id), now)).shown()


@deployments.get("/{deployment_id}/actions", response_model=list[ActionOut], summary="What the caller may do with it")
async def list_actions(deployment_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return possibilities(await _known(reading, deployment_id), access)


@deployments.get("/{deployment_id}/log", response_model=LogOut, summary="What became of it, and what it has written")
async def show_log(deployment_id: Id, access: ReadAccess, reading: Reading) -> Any:
    await _known(reading, deployment_id)
    return {
        "changes": await reads.changes(reading, deployment_id), "stages": await reads.stages(reading, deployment_id)
    }  # fmt: skip


@deployments.post(
    "/{deployment_id}/cancel", response_model=DeploymentOut, summary="Cancel a deployment", dependencies=[Once]
)  # fmt: skip
async def cancel_deployment(
    deployment_id: Id, body: ReasonIn, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    await DeploymentService(write, access, now).cancel(deployment_id, body.reason)
    return await shown(await write.connection(), deployment_id, response)


@deployments.post(
    "/{deployment_id}/retry", status_code=201, response_model=DeploymentOut, summary="The same once more",
    dependencies=[Once],
)  # fmt: skip
async def retry_deployment(
    deployment_id: Id, body: ReasonIn, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    made = await DeploymentService(write, access, now).retry(deployment_id, body.reason)
    return await shown(await write.connection(), made, response)


@deployments.post(
    "/{deployment_id}/rollback", status_code=201, response_model=DeploymentOut,
    summary="Go back to what ran there before", dependencies=[Once],
)  # fmt: skip
async def roll_back(
    deployment_id: Id, body: RollbackIn, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    made = await DeploymentService(write, access, now).rollback(deployment_id, **body.model_dump())
    return await shown(await write.connection(), made, response)


@deployments.post(
    "/{deployment_id}/review", response_model=DeploymentOut, summary="Review an emergency", dependencies=[Once]
)  # fmt: skip
async def review_deployment(
    deployment_id: Id, body: ReviewIn, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    await DeploymentService(write, access, now).review(deployment_id, body.review)
    return await shown(await write.connection(), deployment_id, response)


@deployments.post(
    "/{deployment_id}/approvals", status_code=201, response_model=ApprovalOut, summary="Approve or reject a deployment",
    dependencies=[Once],
)  # fmt: skip
async def decide_deployment(deployment_id: Id, body: ApprovalIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    made = await decide(write, access, deployment_id, now, **body.model_dump())
    return await approvals.approval(await write.connection(), made)


async def shown(connection: Connection, deployment_id: int, response: Response) -> Row:
    row = tagged(response, await reads.deployment(connection, deployment_id), DeploymentNotFound(deployment_id))
    return {
        **row,
        "stages": await reads.stages(connection, deployment_id),
        "log": await reads.changes(connection, deployment_id),
        "approvals": await approvals.of_deployment(connection, deployment_id),
    }


async def _known(connection: Connection, deployment_id: int) -> Row:
    return existing(await reads.deployment(connection, deployment_id), DeploymentNotFound(deployment_id))
