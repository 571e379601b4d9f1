"""The routes that take a finding on."""

from typing import Any

from portico.apps.audit.findings.controller import ONE, AsSeen, AtDesk
from portico.apps.audit.findings.schemas import AcceptanceIn, ActionPlanIn, NoteIn, ReasonIn, RetestIn
from portico.identity.public import Once
from portico.kernel.inputs import Id
from portico.kernel.routes import router

steps = router(prefix="/api/v1", tags=["findings"])


@steps.post(f"{ONE}/validate", response_model=AsSeen, summary="Send it to its owner", dependencies=[Once])
async def validate(finding_id: Id, desk: AtDesk, body: NoteIn | None = None) -> Any:
    return await desk.moved(finding_id, "validate", body.note if body else "")


@steps.post(f"{ONE}/agree", response_model=AsSeen, summary="Agree to it, as its owner", dependencies=[Once])
async def agree(finding_id: Id, desk: AtDesk, body: NoteIn | None = None) -> Any:
    return await desk.moved(finding_id, "agree", body.note if body else "")


@steps.post(f"{ONE}/dispute", response_model=AsSeen, summary="Dispute it, as its owner", dependencies=[Once])
async def dispute(finding_id: Id, body: ReasonIn, desk: AtDesk) -> Any:
    return await desk.moved(finding_id, "dispute", body.reason)


@steps.post(
    f"{ONE}/revise", response_model=AsSeen, summary="Take a disputed one back to revise it", dependencies=[Once]
)
async def revise(finding_id: Id, body: ReasonIn, desk: AtDesk) -> Any:
    return await desk.moved(finding_id, "revise", body.reason)


@steps.post(f"{ONE}/plan", response_model=AsSeen, summary="Plan what will be done, until when", dependencies=[Once])
async def plan(finding_id: Id, body: ActionPlanIn, desk: AtDesk) -> Any:
    return await desk.moved(finding_id, "plan", body.action_plan, **body.model_dump())


@steps.post(f"{ONE}/remediate", response_model=AsSeen, summary="Begin to do it", dependencies=[Once])
async def remediate(finding_id: Id, desk: AtDesk, body: NoteIn | None = None) -> Any:
    return await desk.moved(finding_id, "remediate", body.note if body else "")


@steps.post(f"{ONE}/ready", response_model=AsSeen, summary="It is done, and may be tested again", dependencies=[Once])
async def ready(finding_id: Id, desk: AtDesk, body: NoteIn | None = None) -> Any:
    return await desk.moved(finding_id, "ready", body.note if body else "")


@steps.post(f"{ONE}/close", response_model=AsSeen, summary="The retest has passed", dependencies=[Once])
async def close(finding_id: Id, body: RetestIn, desk: AtDesk) -> Any:
    return await desk.moved(finding_id, "close", body.note)


@steps.post(f"{ONE}/reopen", response_model=AsSeen, summary="It is not remedied after all", dependencies=[Once])
async def reopen(finding_id: Id, body: ReasonIn, desk: AtDesk) -> Any:
    return await desk.moved(finding_id, "reopen", body.reason)


@steps.post(f"{ONE}/accept-risk", response_model=AsSeen, summary="Bear the risk until a day", dependencies=[Once])
async def accept_risk(finding_id: Id, body: AcceptanceIn, desk: AtDesk) -> Any:
    return await desk.moved(finding_id, "accept-risk", body.reason, risk_accepted_until=body.until)


@steps.post(f"{ONE}/withdraw", response_model=AsSeen, summary="Withdraw it", dependencies=[Once])
async def withdraw(finding_id: Id, body: ReasonIn, desk: AtDesk) -> Any:
    return await desk.moved(finding_id, "withdraw", body.reason)
