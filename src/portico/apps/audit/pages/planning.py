"""What an engagement begins with, on pages: its client, the engagement itself, its people and its procedures."""

from typing import Any
from uuid import UUID

from portico.apps.audit.clients import reads as client_reads
from portico.apps.audit.clients.schemas import ClientIn
from portico.apps.audit.clients.service import ClientService
from portico.apps.audit.engagements.schemas import EngagementIn
from portico.apps.audit.engagements.service import EngagementService
from portico.apps.audit.engagements.standing import take
from portico.apps.audit.members.schemas import MemberIn
from portico.apps.audit.members.service import MemberService
from portico.apps.audit.methods import METHOD_CHOICES
from portico.apps.audit.pages.engagements import engagements_page, found, overview
from portico.apps.audit.pages.reads import PART
from portico.apps.audit.permissions import Action
from portico.apps.audit.procedures import reads as procedure_reads
from portico.apps.audit.procedures.schemas import ProcedureIn
from portico.apps.audit.procedures.service import ProcedureService
from portico.apps.audit.site import CLIENTS, ENGAGEMENTS, Desk, ReadingDesk, WritingDesk, filled, refused, shown
from portico.apps.audit.users import reads as user_reads
from portico.kernel.errors import Conflict, InvalidInput, PreconditionFailed
from portico.kernel.forms import Done, Form, checked, typed
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router

EVERY_PROCEDURE = {"pack": None, "requirement": None}

planning_pages = page_router()


@planning_pages.get("/clients", summary="The companies that are audited")
async def show_clients(desk: ReadingDesk, cursor: Cursor = None, done: Done = "") -> Any:
    return await _clients(desk, cursor=cursor, done="The client is added." if done else "")


@planning_pages.post("/clients", summary="Add a client from the form")
async def add_client(desk: WritingDesk, form: Form) -> Any:
    body, errors = checked(ClientIn, filled(form, ClientIn.model_fields))
    if body is None:
        return await _clients(desk, status=422, values=form, errors=errors)
    try:
        await ClientService(desk.write, desk.access).create(**body.model_dump())
    except Conflict as refusal:
        return await refused(desk, refusal, form, _clients)
    return desk.go_to(CLIENTS, "added")


@planning_pages.post("/engagements", summary="Plan an engagement from the form, and lead it")
async def plan(desk: WritingDesk, form: Form) -> Any:
    desk.access.require(Action.CONFIGURE)
    body, errors = checked(EngagementIn, filled(form, EngagementIn.model_fields))
    if body is None:
        return await engagements_page(desk, status=422, values=form, errors=errors)
    try:
        engagement_id = await EngagementService(desk.write, desk.access).create(**body.model_dump())
    except InvalidInput as refusal:
        return await refused(desk, refusal, form, engagements_page)
    return desk.go_to(f"{ENGAGEMENTS}/{engagement_id}", "planned")


@planning_pages.post("/engagements/{engagement_id}/members", summary="Give somebody a role from the overview")
async def appoint(engagement_id: Id, desk: WritingDesk, form: Form) -> Any:
    standing = await take(desk.write, desk.access, engagement_id)  # before it is told who has signed up
    try:
        shown(form).check(standing.version)
        guid = await user_reads.guid_of(desk.connection, form.get("email", "").strip())
        if guid is None:
            raise InvalidInput(details={"email": "nobody can sign in with this address"})
        role = typed(MemberIn, {"role": form.get("role", ""), "may_accept_risk": "may_accept_risk" in form})
        await MemberService(desk.write, desk.access, engagement_id).put(guid, shown(form), **role.model_dump())
    except (InvalidInput, Conflict, PreconditionFailed) as refusal:
        return await refused(desk, refusal, form, overview, engagement_id)
    return desk.go_to(f"{ENGAGEMENTS}/{engagement_id}", "appointed")


@planning_pages.post("/engagements/{engagement_id}/members/{user_id}", summary="Take somebody out of an engagement")
async def dismiss(engagement_id: Id, user_id: UUID, desk: WritingDesk, form: Form) -> Any:
    await MemberService(desk.write, desk.access, engagement_id).remove(user_id, shown(form))
    return desk.go_to(f"{ENGAGEMENTS}/{engagement_id}", "dismissed")


@planning_pages.get("/engagements/{engagement_id}/procedures", summary="The procedures of an engagement")
async def show_procedures(engagement_id: Id, desk: ReadingDesk, cursor: Cursor = None, done: Done = "") -> Any:
    return await _procedures(desk, engagement_id, cursor=cursor, done="The procedure is added." if done else "")


@planning_pages.post("/engagements/{engagement_id}/procedures", summary="Add a procedure from the form")
async def add_procedure(engagement_id: Id, desk: WritingDesk, form: Form) -> Any:
    body, errors = checked(ProcedureIn, filled(form, ProcedureIn.model_fields))
    if body is None:
        return await _procedures(desk, engagement_id, status=422, values=form, errors=errors)
    try:
        await ProcedureService(desk.write, desk.access).create(engagement_id, **body.model_dump())
    except Conflict as refusal:
        return await refused(desk, refusal, form, _procedures, engagement_id)
    return desk.go_to(f"{ENGAGEMENTS}/{engagement_id}/procedures", "added")


async def _clients(desk: Desk, *, cursor: str | None = None, **values: Any) -> Any:
    desk.access.require(Action.READ_CLIENTS)
    listed = await client_reads.clients(desk.connection, q=None, limit=PART, cursor=cursor)
    return await desk.page(
        "clients.html", clients=listed["items"], following=listed["next_cursor"], is_later=cursor is not None, **values
    )


async def _procedures(desk: Desk, engagement_id: int, *, cursor: str | None = None, **values: Any) -> Any:
    engagement = await found(desk, engagement_id)
    filters = {"engagement": engagement_id, **EVERY_PROCEDURE}
    listed = await procedure_reads.procedures(desk.connection, filters, limit=PART, cursor=cursor)
    return await desk.part(
        "procedures.html", "Procedures", engagement, procedures=listed["items"], following=listed["next_cursor"],
        is_later=cursor is not None, methods=METHOD_CHOICES, **values,
    )  # fmt: skip
