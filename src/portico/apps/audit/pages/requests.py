"""Requests on the workbench: ask, send, read the answer, accept or return it."""

from typing import Annotated, Any

from fastapi import Depends

from portico.apps.audit.pages import reads
from portico.apps.audit.pages.engagements import found
from portico.apps.audit.requests.schemas import RequestIn, RequestPatch, RequestReturnIn
from portico.apps.audit.requests.service import RequestService, actions
from portico.apps.audit.requests.standing import RequestNotFound
from portico.apps.audit.site import Chosen, Desk, ReadingDesk, WritingDesk, filled, refused, shown
from portico.kernel.database import Row
from portico.kernel.errors import PreconditionFailed, existing
from portico.kernel.forms import Done, Form, checked, typed
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.uploads import FilesOf

STATES = [(name, name) for name in ("draft", "requested", "submitted", "accepted", "returned")]
FIELDS = ("title", "description", "assignee_id", "procedure_id", "due_on")
EMPTY = {"title": "", "description": ""}
"""What an empty field means: of the others nobody, none or no date."""
DONE = {
    "drafted": "The request is drafted. Nobody of the client sees it until it is sent.", "sent": "It is sent.",
    "edited": "It is kept.", "accepted": "It is accepted, and what answers it is sealed.",
    "returned": "It was returned to the client.",
}  # fmt: skip

request_pages = page_router()


async def _service(desk: WritingDesk, files: FilesOf) -> RequestService:
    return RequestService(desk.write, desk.access, desk.now, files)


PageRequests = Annotated[RequestService, Depends(_service)]


@request_pages.get("/engagements/{engagement_id}/requests", summary="The requests of an engagement")
async def show_requests(engagement_id: Id, desk: ReadingDesk, state: Chosen = "", cursor: Cursor = None) -> Any:
    return await _list(desk, await found(desk, engagement_id), state=state, cursor=cursor)


@request_pages.post("/engagements/{engagement_id}/requests", summary="Draft a request from the form")
async def draft(engagement_id: Id, desk: WritingDesk, service: PageRequests, form: Form) -> Any:
    body, errors = checked(RequestIn, filled(form, FIELDS))
    if body is None:
        return await _list(desk, await found(desk, engagement_id), status=422, values=form, errors=errors)
    return _at(desk, await service.create(engagement_id, **body.model_dump()), "drafted")


@request_pages.get("/requests/{request_id}", summary="A request, its answer and its documents")
async def show_request(request_id: Id, desk: ReadingDesk, done: Done = "") -> Any:
    return await _show(desk, request_id, done=DONE.get(done, ""))


@request_pages.post("/requests/{request_id}", summary="Edit a request that is still a draft")
async def edit(request_id: Id, desk: WritingDesk, service: PageRequests, form: Form) -> Any:
    """Who comes second reads that somebody else has edited it meanwhile, and keeps what was typed."""
    body, errors = checked(RequestPatch, {name: form[name] or EMPTY.get(name) for name in FIELDS if name in form})
    if body is None:
        return await _show(desk, request_id, status=422, values=form, errors=errors)
    try:
        await service.change(request_id, shown(form), **body.model_dump(exclude_unset=True))
    except PreconditionFailed as conflict:
        return await refused(desk, conflict, form, _show, request_id)
    return _at(desk, request_id, "edited")


@request_pages.post("/requests/{request_id}/send", summary="Send a request from its page")
async def send(request_id: Id, desk: WritingDesk, service: PageRequests, _: Form) -> Any:
    await service.send(request_id)
    return _at(desk, request_id, "sent")


@request_pages.post("/requests/{request_id}/accept", summary="Accept an answer from its page")
async def accept(request_id: Id, desk: WritingDesk, service: PageRequests, _: Form) -> Any:
    await service.accept(request_id)
    return _at(desk, request_id, "accepted")


@request_pages.post("/requests/{request_id}/return", summary="Return an answer from its page")
async def give_back(request_id: Id, desk: WritingDesk, service: PageRequests, form: Form) -> Any:
    await service.give_back(request_id, typed(RequestReturnIn, {"reason": form.get("reason", "")}).reason)
    return _at(desk, request_id, "returned")


async def _show(desk: Desk, request_id: int, **values: Any) -> Any:
    row = existing(await reads.request(desk.connection, desk.me, request_id), RequestNotFound(request_id))
    possible = await actions(desk.connection, desk.access, request_id)
    return await desk.part(
        "request.html", "Requests", await found(desk, row["engagement_id"]), asked=row,
        draft={name: row[name] or "" for name in FIELDS},
        allowed={each.action for each in possible if each.allowed},
        documents=await reads.documents_of(desk.connection, request_id),
        **await _choices(desk, row["engagement_id"]), **values,
    )  # fmt: skip


async def _list(desk: Desk, engagement: Row, *, state: str = "", cursor: str | None = None, **values: Any) -> Any:
    listed = await reads.requests(desk.connection, engagement["id"], state=state, cursor=cursor)
    return await desk.part(
        "requests.html", "Requests", engagement, requests=listed["items"], following=listed["next_cursor"],
        is_later=cursor is not None, state=state, states=STATES, **await _choices(desk, engagement["id"]), **values,
    )  # fmt: skip


async def _choices(desk: Desk, engagement_id: int) -> dict[str, Any]:
    """Who may be asked, and for which procedures."""
    return {
        "auditees": await reads.auditees(desk.connection, engagement_id),
        "procedures": await reads.procedures(desk.connection, engagement_id),
    }


def _at(desk: Desk, request_id: int, done: str) -> Any:
    return desk.go_to(f"/pages/requests/{request_id}", done)
