"""Findings on the workbench: what was found, where it comes from, how late it is, and what becomes of it."""

from collections.abc import Mapping
from typing import Any

from portico.apps.audit.findings import reads as aged
from portico.apps.audit.findings.moving import FindingMoves, actions
from portico.apps.audit.findings.schemas import FindingIn, FindingPatch, NoteIn, ReasonIn, RetestIn
from portico.apps.audit.findings.service import FindingNotFound, FindingService
from portico.apps.audit.pages import reads, work_reads
from portico.apps.audit.pages.charts import aging
from portico.apps.audit.pages.engagements import found
from portico.apps.audit.site import Desk, ReadingDesk, WriteDesk, WritingDesk, filled, number, refused, shown
from portico.kernel.errors import NotFound, PreconditionFailed, existing
from portico.kernel.forms import Done, Form, checked, typed
from portico.kernel.inputs import Id
from portico.kernel.pages import page_router

SEVERITIES = ("critical", "high", "medium", "low")
MOVES = ("validate", "close", "reopen", "revise", "withdraw")
WRITTEN = ("workpaper_id", "title", "criteria", "condition", "cause", "effect", "recommendation", "severity")
FREE = ("validate", "agree", "remediate", "ready")
"""Steps to which one may say nothing."""
DONE = {
    "validate": "It is sent to its owner.", "close": "It is closed as verified.", "reopen": "It is open again.",
    "revise": "It is a draft again.", "withdraw": "It is withdrawn.", "linked": "It rests on this evidence.",
    "edited": "It is kept.",
    "drafted": "The finding is drafted. Nobody of the client sees it until it is sent.",
}  # fmt: skip

finding_pages = page_router()


@finding_pages.get("/engagements/{engagement_id}/findings", summary="The findings of an engagement, and their aging")
async def show_findings(engagement_id: Id, desk: ReadingDesk) -> Any:
    return await _list(desk, engagement_id)


@finding_pages.post("/engagements/{engagement_id}/findings", summary="Draft a finding from the form")
async def draft(engagement_id: Id, desk: WritingDesk, form: Form) -> Any:
    body, errors = checked(FindingIn, filled(form, FindingIn.model_fields))
    if body is None:
        return await _list(desk, engagement_id, status=422, values=form, errors=errors)
    service = FindingService(desk.write, desk.access, desk.now)
    return desk.go_to(f"/pages/findings/{await service.create(engagement_id, **body.model_dump())}", "drafted")


@finding_pages.get("/findings/{finding_id}", summary="A finding, its trace and what was said")
async def show_finding(finding_id: Id, desk: ReadingDesk, done: Done = "") -> Any:
    return await _show(desk, finding_id, done=DONE.get(done, ""))


@finding_pages.post("/findings/{finding_id}", summary="Edit a draft, or hand a finding over to another owner")
async def edit(finding_id: Id, desk: WritingDesk, form: Form) -> Any:
    """Who comes second reads that somebody else has edited it meanwhile, and keeps what was typed."""
    typed_in = {name: form[name] for name in WRITTEN if name in form}
    body, errors = checked(FindingPatch, {**typed_in, "owner_id": form.get("owner_id") or None})
    if body is None:
        return await _show(desk, finding_id, status=422, values=form, errors=errors)
    service = FindingService(desk.write, desk.access, desk.now)
    try:
        await service.change(finding_id, shown(form), **body.model_dump(exclude_unset=True))
    except PreconditionFailed as conflict:
        return await refused(desk, conflict, form, _show, finding_id)
    return desk.go_to(f"/pages/findings/{finding_id}", "edited")


@finding_pages.post("/findings/{finding_id}/evidence", summary="Have a finding, or its retest, rest on evidence")
async def link(finding_id: Id, desk: WritingDesk, form: Form) -> Any:
    service = FindingService(desk.write, desk.access, desk.now)
    await service.link(finding_id, number(form, "evidence_version_id"), shown(form))
    return desk.go_to(f"/pages/findings/{finding_id}", "linked")


@finding_pages.post("/findings/{finding_id}/{action}", summary="Send, close, open again, revise or withdraw a finding")
async def take_on(finding_id: Id, action: str, desk: WritingDesk, form: Form) -> Any:
    if action not in MOVES:
        raise NotFound
    await move(desk, finding_id, action, form)
    return desk.go_to(f"/pages/findings/{finding_id}", action)


async def _show(desk: Desk, finding_id: int, **values: Any) -> Any:
    row = existing(await work_reads.finding(desk.connection, desk.me, finding_id), FindingNotFound(finding_id))
    engagement_id = row["engagement_id"]
    possible = [each for each in await actions(desk.connection, desk.access, finding_id) if each.action in MOVES]
    return await desk.part(
        "finding.html", "Findings", await found(desk, engagement_id), finding=row, actions=possible,
        draft={**{name: row[name] for name in WRITTEN}, "owner_id": row["owner_guid"] or ""},
        allowed={each.action for each in possible if each.allowed},
        papers=await reads.papers(desk.connection, engagement_id), **await _choices(desk, engagement_id), **values,
    )  # fmt: skip


async def _list(desk: Desk, engagement_id: int, **values: Any) -> Any:
    engagement = await found(desk, engagement_id)
    table, risk_accepted = await aged.ages(desk.connection, engagement_id, desk.now.date())
    return await desk.part(
        "findings.html", "Findings", engagement, findings=await work_reads.findings(desk.connection, engagement_id),
        ages=table.ages, picture=aging(table.ages), severities=SEVERITIES, risk_accepted=risk_accepted,
        **await _choices(desk, engagement_id), **values,
    )  # fmt: skip


async def _choices(desk: Desk, engagement_id: int) -> dict[str, Any]:
    """Which workpapers a finding may follow from, and who may own it."""
    workpapers = await work_reads.workpapers(desk.connection, engagement_id)
    return {
        "workpapers": [(each["id"], f"{each['number']}. {each['title']}") for each in workpapers],
        "auditees": await reads.auditees(desk.connection, engagement_id),
    }


async def move(desk: WriteDesk, finding_id: int, action: str, form: Mapping[str, str]) -> None:
    """Take a finding on with the words of a form, which the step may need. Raises as `FindingMoves.move`."""
    said = form.get("note", "")
    if action in FREE:
        note = typed(NoteIn, {"note": said}).note
    elif action == "close":
        note = typed(RetestIn, {"note": said}).note
    else:
        note = typed(ReasonIn, {"reason": said}).reason
    await FindingMoves(desk.write, desk.access, desk.now).move(finding_id, action, note)
