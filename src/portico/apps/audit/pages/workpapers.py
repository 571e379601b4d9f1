"""Workpapers on pages: read, prepare, review, approve or return; and the queue of who reviews."""

from typing import Any

from portico.apps.audit.pages import reads, work_reads
from portico.apps.audit.pages.engagements import found
from portico.apps.audit.site import REVIEW, Desk, ReadingDesk, WritingDesk, filled, number, refused, shown
from portico.apps.audit.workpapers.actions import actions
from portico.apps.audit.workpapers.schemas import ReturnIn, ReviewIn, WorkpaperIn, WorkpaperPatch
from portico.apps.audit.workpapers.service import WorkpaperNotFound, WorkpaperService
from portico.kernel.errors import NotFound, PreconditionFailed, existing
from portico.kernel.forms import Done, Form, checked, typed
from portico.kernel.inputs import Id
from portico.kernel.pages import page_router

MOVES = ("prepare", "review", "approve", "return")
DONE = {
    "prepare": "It is signed as prepared.", "review": "The review has begun.", "approve": "It is approved.",
    "return": "It was returned to its preparer.", "begun": "The workpaper is begun.", "edited": "It is kept.",
    "linked": "It rests on this evidence.",
}  # fmt: skip

workpaper_pages = page_router()


@workpaper_pages.get("/engagements/{engagement_id}/workpapers", summary="The workpapers of an engagement")
async def show_workpapers(engagement_id: Id, desk: ReadingDesk) -> Any:
    return await _list(desk, engagement_id)


@workpaper_pages.post("/engagements/{engagement_id}/workpapers", summary="Begin a workpaper from the form")
async def begin(engagement_id: Id, desk: WritingDesk, form: Form) -> Any:
    body, errors = checked(WorkpaperIn, filled(form, WorkpaperIn.model_fields))
    if body is None:
        return await _list(desk, engagement_id, status=422, values=form, errors=errors)
    service = WorkpaperService(desk.write, desk.access, desk.now)
    return _at(desk, await service.create(engagement_id, **body.model_dump()), "begun")


@workpaper_pages.get("/workpapers/{workpaper_id}", summary="A workpaper, and what can be done with it")
async def show_workpaper(workpaper_id: Id, desk: ReadingDesk, done: Done = "") -> Any:
    return await _show(desk, workpaper_id, done=DONE.get(done, ""))


@workpaper_pages.post("/workpapers/{workpaper_id}", summary="Edit a workpaper from its page")
async def edit(workpaper_id: Id, desk: WritingDesk, form: Form) -> Any:
    """Who comes second reads that somebody else has edited it meanwhile, and keeps what was typed."""
    body, errors = checked(WorkpaperPatch, {name: form[name] for name in WorkpaperPatch.model_fields if name in form})
    if body is None:
        return await _show(desk, workpaper_id, status=422, values=form, errors=errors)
    service = WorkpaperService(desk.write, desk.access, desk.now)
    try:
        await service.change(workpaper_id, shown(form), **body.model_dump(exclude_unset=True))
    except PreconditionFailed as conflict:
        return await refused(desk, conflict, form, _show, workpaper_id)
    return _at(desk, workpaper_id, "edited")


@workpaper_pages.post("/workpapers/{workpaper_id}/evidence", summary="Have a workpaper rest on evidence")
async def link(workpaper_id: Id, desk: WritingDesk, form: Form) -> Any:
    service = WorkpaperService(desk.write, desk.access, desk.now)
    await service.link(workpaper_id, number(form, "evidence_version_id"), shown(form))
    return _at(desk, workpaper_id, "linked")


@workpaper_pages.post("/workpapers/{workpaper_id}/{action}", summary="Prepare, review, approve or return a workpaper")
async def move(workpaper_id: Id, action: str, desk: WritingDesk, form: Form) -> Any:
    if action not in MOVES:
        raise NotFound
    said = form.get("note", "").strip()
    note = typed(ReturnIn, {"reason": said}).reason if action == "return" else typed(ReviewIn, {"note": said}).note
    await WorkpaperService(desk.write, desk.access, desk.now).move(workpaper_id, action, note)
    return desk.go_to(REVIEW if form.get("to") == "queue" else f"/pages/workpapers/{workpaper_id}", action)


@workpaper_pages.get("/review", summary="What waits for the reviewer")
async def show_queue(desk: ReadingDesk, done: Done = "") -> Any:
    queue = await work_reads.queue(desk.connection, desk.me)
    return await desk.page("review.html", queue=queue, done=DONE.get(done, ""))


async def _show(desk: Desk, workpaper_id: int, **values: Any) -> Any:
    row = await work_reads.workpaper(desk.connection, desk.me, workpaper_id)
    workpaper = existing(row, WorkpaperNotFound(workpaper_id))
    possible = [each for each in await actions(desk.connection, desk.access, workpaper_id) if each.action in MOVES]
    return await desk.part(
        "workpaper.html", "Workpapers", await found(desk, workpaper["engagement_id"]), workpaper=workpaper,
        actions=possible, allowed={each.action for each in possible if each.allowed},
        papers=await reads.papers(desk.connection, workpaper["engagement_id"]), **values,
    )  # fmt: skip


async def _list(desk: Desk, engagement_id: int, **values: Any) -> Any:
    engagement = await found(desk, engagement_id)
    return await desk.part(
        "workpapers.html", "Workpapers", engagement, **values,
        workpapers=await work_reads.workpapers(desk.connection, engagement_id),
        procedures=await reads.procedures(desk.connection, engagement_id),
    )  # fmt: skip


def _at(desk: Desk, workpaper_id: int, done: str) -> Any:
    return desk.go_to(f"/pages/workpapers/{workpaper_id}", done)
