"""The portal of the client's people: what they are asked, and what was found that they own."""

from typing import Any

from fastapi import Request

from portico.apps.audit.findings import reads as findings
from portico.apps.audit.findings.moving import FindingMoves, actions
from portico.apps.audit.findings.schemas import AcceptanceIn, ActionPlanIn
from portico.apps.audit.findings.service import FindingNotFound
from portico.apps.audit.pages import portal_reads, reads
from portico.apps.audit.pages.evidence import PageVault, UploadForm, uploaded
from portico.apps.audit.pages.findings import move
from portico.apps.audit.pages.requests import PageRequests
from portico.apps.audit.requests.schemas import AnswerIn
from portico.apps.audit.requests.standing import RequestNotFound
from portico.apps.audit.site import PORTAL, Desk, ReadingDesk, WritingDesk, refused, site
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput, NotFound, existing
from portico.kernel.forms import Done, Form, FromThisOrigin, checked, typed
from portico.kernel.inputs import Id
from portico.kernel.pages import page_router

OPEN = ("requested", "returned")
SAID = ("agree", "dispute", "remediate", "ready")
DONE = {
    "uploaded": "The document has arrived. Its hash is what proves later that nothing was altered.",
    "submitted": "Your answer is submitted.", "said": "It is on record.",
}  # fmt: skip

portal_pages = page_router()


@portal_pages.get("/portal", summary="What the auditors ask of somebody, and what they have found")
async def show_portal(desk: ReadingDesk, done: Done = "") -> Any:
    requests = await portal_reads.requests(desk.connection, desk.me)
    owned = await portal_reads.findings(desk.connection, desk.me)
    return await desk.page("portal.html", requests=requests, findings=owned, done=DONE.get(done, ""))


@portal_pages.get("/portal/requests/{request_id}", summary="A request to somebody of the client")
async def show_request(request_id: Id, desk: ReadingDesk, done: Done = "") -> Any:
    row = existing(await portal_reads.request(desk.connection, desk.me, request_id), RequestNotFound(request_id))
    documents = await reads.documents_of(desk.connection, request_id, me=desk.me)
    return await desk.page(
        "portal_request.html", asked=row, documents=documents, is_open=row["state"] in OPEN, done=DONE.get(done, "")
    )


@portal_pages.post(
    "/portal/requests/{request_id}/documents", summary="Upload a document that answers a request",
    dependencies=[FromThisOrigin],
)  # fmt: skip
async def upload(request_id: Id, request: Request, form: UploadForm, vault: PageVault, desk: WritingDesk) -> Any:
    row = existing(await portal_reads.request(desk.connection, desk.me, request_id), RequestNotFound(request_id))
    file, title = await uploaded(request, form, vault)
    await vault.file_away(row["engagement_id"], file, title=title, request_id=request_id)
    return site.go_to(request, f"{PORTAL}/requests/{request_id}", done="uploaded")


@portal_pages.post("/portal/requests/{request_id}/submit", summary="Submit an answer")
async def submit(request_id: Id, desk: WritingDesk, service: PageRequests, form: Form) -> Any:
    await service.submit(request_id, typed(AnswerIn, {"answer": form.get("answer", "")}).answer)
    return desk.go_to(f"{PORTAL}/requests/{request_id}", "submitted")


@portal_pages.get("/portal/findings/{finding_id}", summary="A finding that was sent to somebody of the client")
async def show_finding(finding_id: Id, desk: ReadingDesk, done: Done = "") -> Any:
    return await _finding(desk, finding_id, done=DONE.get(done, ""))


@portal_pages.post("/portal/findings/{finding_id}/plan", summary="Plan what is done about a finding")
async def plan(finding_id: Id, desk: WritingDesk, form: Form) -> Any:
    body, errors = checked(ActionPlanIn, {name: form.get(name, "") for name in ActionPlanIn.model_fields})
    if body is None:
        return await _finding(desk, finding_id, status=422, values=form, errors=errors)
    return await _moved(desk, finding_id, form, "plan", body.action_plan, **body.model_dump())


@portal_pages.post("/portal/findings/{finding_id}/accept-risk", summary="Bear the risk of a finding until a day")
async def accept_risk(finding_id: Id, desk: WritingDesk, form: Form) -> Any:
    body, errors = checked(AcceptanceIn, {"until": form.get("until", ""), "reason": form.get("reason", "")})
    if body is None:
        return await _finding(desk, finding_id, status=422, values=form, errors=errors)
    return await _moved(desk, finding_id, form, "accept-risk", body.reason, risk_accepted_until=body.until)


@portal_pages.post("/portal/findings/{finding_id}/{action}", summary="Agree, dispute, begin, or be ready")
async def say(finding_id: Id, action: str, desk: WritingDesk, form: Form) -> Any:
    if action not in SAID:
        raise NotFound
    await move(desk, finding_id, action, form)
    return desk.go_to(f"{PORTAL}/findings/{finding_id}", "said")


async def _moved(desk: WritingDesk, finding_id: int, form: Form, action: str, note: str, **values: Any) -> Any:
    """Take a finding on. A day that will not do is said beside what was typed: nothing was written before."""
    try:
        await FindingMoves(desk.write, desk.access, desk.now).move(finding_id, action, note, **values)
    except InvalidInput as wrong:
        return await refused(desk, wrong, form, _finding, finding_id)
    return desk.go_to(f"{PORTAL}/findings/{finding_id}", "said")


async def _finding(desk: Desk, finding_id: int, *, status: int = 200, **values: Any) -> Any:
    row: Row = existing(await portal_reads.finding(desk.connection, desk.me, finding_id), FindingNotFound(finding_id))
    possible = await actions(desk.connection, desk.access, finding_id)
    return await desk.page(
        "portal_finding.html", status=status, finding=row,
        notes=await findings.notes(desk.connection, desk.me, finding_id),
        allowed={each.action for each in possible if each.allowed}, **values,
    )  # fmt: skip
