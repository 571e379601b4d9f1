"""The finding routes: what the team writes, and what everybody who sees a finding may read of it."""

from typing import Annotated, Any

from fastapi import Depends, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.fields import ActionOut
from portico.apps.audit.findings import reads
from portico.apps.audit.findings.moving import FindingMoves, actions
from portico.apps.audit.findings.schemas import (
    AgingOut,
    FindingIn,
    FindingNoteOut,
    FindingOut,
    FindingPage,
    FindingPatch,
    PortalPage,
    Severity,
    State,
    TeamFindingOut,
)
from portico.apps.audit.findings.service import FindingNotFound, FindingService
from portico.identity.public import Once
from portico.kernel.errors import existing
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

findings = router(prefix="/api/v1", tags=["findings"])
OF_ENGAGEMENT, ONE = "/engagements/{engagement_id}/findings", "/findings/{finding_id}"
AsSeen = TeamFindingOut | FindingOut


class Desk:
    """The services, and their answer: the finding as the caller sees it then."""

    def __init__(self, write: Writing, access: WriteAccess, now: Now, response: Response) -> None:
        self.service = FindingService(write, access, now)
        self._moves = FindingMoves(write, access, now)
        self._write = write
        self._me = access.user_id
        self._response = response

    async def shown(self, finding_id: int) -> Any:
        row = await reads.finding(await self._write.connection(), self._me, finding_id)
        return tagged(self._response, row, FindingNotFound(finding_id))

    async def moved(self, finding_id: int, action: str, note: str = "", **values: Any) -> Any:
        await self._moves.move(finding_id, action, note, **values)
        return await self.shown(finding_id)


AtDesk = Annotated[Desk, Depends()]


@findings.get(OF_ENGAGEMENT, response_model=FindingPage, summary="An engagement's findings, the newest first")
async def list_findings(
    engagement_id: Id,
    access: ReadAccess,
    reading: Reading,
    state: State | None = None,
    severity: Severity | None = None,
    workpaper_id: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await look(reading, access, engagement_id)
    filters = {"engagement": engagement_id, "state": state, "severity": severity, "workpaper": workpaper_id}
    return await reads.findings(reading, filters, limit=limit, cursor=cursor)


@findings.post(
    OF_ENGAGEMENT, status_code=201, response_model=TeamFindingOut, summary="Draft a finding", dependencies=[Once]
)  # fmt: skip
async def draft_finding(engagement_id: Id, body: FindingIn, desk: AtDesk) -> Any:
    return await desk.shown(await desk.service.create(engagement_id, **body.model_dump()))


@findings.get(f"{OF_ENGAGEMENT}/aging", response_model=AgingOut, summary="Open findings by days overdue")
async def show_aging(engagement_id: Id, access: ReadAccess, reading: Reading, now: Now) -> Any:
    await look(reading, access, engagement_id)
    table, risk_accepted = await reads.ages(reading, engagement_id, now.date())
    return {
        "as_of": table.as_of, "open": sum(row.total for row in table.ages), "by_severity": table.by_severity,
        "ages": [{**vars(row), "total": row.total} for row in table.ages], "risk_accepted": risk_accepted,
    }  # fmt: skip


@findings.get("/findings", response_model=PortalPage, summary="The findings that were sent to the caller")
async def list_own_findings(
    access: ReadAccess,
    reading: Reading,
    state: State | None = None,
    engagement: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"me": access.user_id, "state": state, "engagement": engagement}
    return await reads.own(reading, filters, limit=limit, cursor=cursor)


@findings.get(ONE, response_model=AsSeen, summary="One finding, as the caller may see it")
async def get_finding(finding_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    row = await reads.finding(reading, access.user_id, finding_id)
    return tagged(response, row, FindingNotFound(finding_id))


@findings.patch(ONE, response_model=TeamFindingOut, summary="Change some of a draft; later its owner alone")
async def change_finding(finding_id: Id, body: FindingPatch, desk: AtDesk, match: Matching) -> Any:
    await desk.service.change(finding_id, match, **body.model_dump(exclude_unset=True))
    return await desk.shown(finding_id)


@findings.get(f"{ONE}/actions", response_model=list[ActionOut], summary="What the caller may do with a finding now")
async def list_finding_actions(finding_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return await actions(reading, access, finding_id)


@findings.get(f"{ONE}/notes", response_model=list[FindingNoteOut], summary="What was said of a finding, in order")
async def list_finding_notes(finding_id: Id, access: ReadAccess, reading: Reading) -> Any:
    existing(await reads.case(reading, access.user_id, finding_id), FindingNotFound(finding_id))
    return await reads.notes(reading, access.user_id, finding_id)


@findings.put(
    f"{ONE}/evidence/{{evidence_version_id}}", response_model=TeamFindingOut,
    summary="Have a draft, or a retest, rest on a version of evidence",
)  # fmt: skip
async def link_finding_evidence(finding_id: Id, evidence_version_id: Id, desk: AtDesk, match: Matching) -> Any:
    await desk.service.link(finding_id, evidence_version_id, match)
    return await desk.shown(finding_id)
