"""Where one begins, the list of engagements, and the overview of one: what there is, and what comes next."""

from typing import Any

from portico.apps.audit.engagements.service import EngagementService, possibilities
from portico.apps.audit.engagements.standing import EngagementNotFound
from portico.apps.audit.pages import reads
from portico.apps.audit.permissions import ENGAGEMENT_ALLOWED, ROLES, Action
from portico.apps.audit.site import ENGAGEMENTS, PORTAL, Desk, ReadingDesk, WritingDesk
from portico.kernel.database import Row
from portico.kernel.errors import NotFound, existing
from portico.kernel.forms import Done, Form
from portico.kernel.inputs import Id
from portico.kernel.pages import page_router

LAST_EVENTS = 12
MOVES = ("start", "submit-review", "resume-fieldwork", "draft-report", "issue", "follow-up", "close", "archive")
DONE = {
    "moved": "The engagement has moved on.", "planned": "The engagement is planned, and you lead it.",
    "appointed": "The role is given.", "dismissed": "They have no role in it any more.",
}  # fmt: skip

engagement_pages = page_router()


@engagement_pages.get("/start", summary="To the workbench, or to the portal for people of a client")
async def begin(desk: ReadingDesk) -> Any:
    roles = await reads.roles(desk.connection, desk.me)
    return desk.go_to(PORTAL if roles["auditee"] and not roles["team"] else ENGAGEMENTS)


@engagement_pages.get("/engagements", summary="The engagements in whose teams one is")
async def show_engagements(desk: ReadingDesk) -> Any:
    return await engagements_page(desk)


@engagement_pages.get("/engagements/{engagement_id}", summary="The overview of an engagement")
async def show_engagement(engagement_id: Id, desk: ReadingDesk, done: Done = "") -> Any:
    return await overview(desk, engagement_id, done=DONE.get(done, ""))


@engagement_pages.post("/engagements/{engagement_id}/moves/{action}", summary="Move an engagement on from its page")
async def move(engagement_id: Id, action: str, desk: WritingDesk, _: Form) -> Any:
    if action not in MOVES:
        raise NotFound
    await EngagementService(desk.write, desk.access).move(engagement_id, action, desk.now)
    return desk.go_to(f"{ENGAGEMENTS}/{engagement_id}", "moved")


async def engagements_page(desk: Desk, **values: Any) -> Any:
    """The list, and for who may plan an engagement the form for it."""
    may_plan = desk.access.may(Action.CONFIGURE)
    clients = await reads.clients(desk.connection) if may_plan else []
    engagements = await reads.engagements(desk.connection, desk.me)
    return await desk.page("engagements.html", engagements=engagements, may_plan=may_plan, clients=clients, **values)


async def overview(desk: Desk, engagement_id: int, **values: Any) -> Any:
    engagement = await found(desk, engagement_id)
    may_appoint = engagement["role"] in ENGAGEMENT_ALLOWED[Action.LEAD] and engagement["state"] != "archived"
    return await desk.part(
        "engagement.html", "Overview", engagement, counts=await reads.counts(desk.connection, engagement_id),
        team=await reads.team(desk.connection, engagement_id), may_appoint=may_appoint,
        roles=[(role, role) for role in ROLES], me=desk.me,
        events=await reads.events(desk.connection, engagement_id, limit=LAST_EVENTS),
        actions=await possibilities(desk.connection, desk.access, engagement_id, desk.now), **values,
    )  # fmt: skip


async def found(desk: Desk, engagement_id: int) -> Row:
    """The engagement, in whose team the caller is. Raises `EngagementNotFound`."""
    row = await reads.engagement(desk.connection, desk.me, engagement_id)
    return existing(row, EngagementNotFound(engagement_id))
