"""Cut plans: choose pieces, see the bars, accept."""

from typing import Any

from fastapi import Request

from portico.apps.factory.access import PageWriteAccess
from portico.apps.factory.cut_plans import reads as cut_plans
from portico.apps.factory.cut_plans.problem import MOST_PARTS
from portico.apps.factory.cut_plans.schemas import CutPlanIn
from portico.apps.factory.cut_plans.service import CutPlanNotFound, CutPlanService
from portico.apps.factory.pages import reads
from portico.apps.factory.pages.charts import WIDTH, cut_bars
from portico.apps.factory.permissions import Action
from portico.apps.factory.site import Desk, ReadDesk, Search, WriteDesk, number, site
from portico.kernel.errors import existing
from portico.kernel.etags import IfMatch, version_tag
from portico.kernel.forms import Chosen, Done, Form, checked
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Writing

PART = 25
PLANS = "/pages/admin/cut-plans"
STOCK_LINES = (1, 2, 3)
USUAL = {"length-1": "6500", "kerf": "4", "trim": "10", "min_remnant": "500"}
LENGTHS = ("kerf", "trim", "min_remnant")
COMPONENT = "component-"

cut_plan_pages = page_router()


@cut_plan_pages.get("/admin/cut-plans", summary="Cut plans, the newest first")
async def show_plans(desk: ReadDesk, cursor: Cursor = None) -> Any:
    desk.access.require(Action.PLAN)
    found = await cut_plans.plans(desk.connection, state=None, limit=PART, cursor=cursor)
    return await desk.page("cut_plans.html", found=found, is_later=cursor is not None)


@cut_plan_pages.get("/admin/cut-plans/new", summary="Choose what is to be cut")
async def choose(desk: ReadDesk, project: Chosen = None, profile: Search = "") -> Any:
    desk.access.require(Action.PLAN)
    return await _choice(desk, project, profile, values=USUAL)


async def _choice(desk: Desk, project: int | None, profile: str, **values: Any) -> Any:
    projects = await reads.projects_to_cut(desk.connection)
    project = project or (projects[0]["id"] if projects else None)
    profiles = await reads.profiles_to_cut(desk.connection, project) if project else []
    if profile not in {row["profile"] for row in profiles}:
        profile = profiles[0]["profile"] if profiles else ""
    components = await reads.components_to_cut(desk.connection, project, profile) if project and profiles else []
    return await desk.page(
        "cut_plan_new.html", project=project, profile=profile, projects=projects, profiles=profiles,
        components=components, lines=STOCK_LINES, **{"errors": {}, **values},
    )  # fmt: skip


@cut_plan_pages.post("/admin/cut-plans", summary="Plan the cuts of what was chosen")
async def plan(request: Request, form: Form, write: Writing, desk: WriteDesk, now: Now) -> Any:
    desk.access.require(Action.PLAN)
    project, profile = number(form.get("project", "")), form.get("profile", "")
    components = [number(name.removeprefix(COMPONENT)) for name in form if name.startswith(COMPONENT)]
    pieces = await reads.pieces_to_cut(desk.connection, project, profile, components, limit=MOST_PARTS + 1)
    body, errors = checked(CutPlanIn, _asked(form, profile, pieces))
    if body is None:
        return await _choice(desk, project, profile, values=form, errors=errors, status=422)
    plan_id = await CutPlanService(write, desk.access, now).create(**body.model_dump())
    return site.go_to(request, f"{PLANS}/{plan_id}")


def _asked(form: Form, profile: str, pieces: list[int]) -> dict[str, Any]:
    stock = [
        {"length": form[f"length-{line}"], "qty": form.get(f"qty-{line}") or None}
        for line in STOCK_LINES
        if form.get(f"length-{line}")
    ]
    lengths = {name: form.get(name) or "0" for name in LENGTHS}
    return {"profile": profile, "stock": stock, "pieces": [{"piece_id": each} for each in pieces], **lengths}


@cut_plan_pages.get("/admin/cut-plans/{plan_id}", summary="One cut plan as a drawing")
async def show_plan(desk: ReadDesk, plan_id: Id, done: Done = "") -> Any:
    found = existing(await cut_plans.plan(desk.connection, plan_id), CutPlanNotFound(plan_id))
    bars, height = cut_bars(found)
    return await desk.page(
        "cut_plan.html", plan=found, bars=bars, height=height, width=WIDTH,
        done="The plan is accepted: every piece knows its bar." if done else "",
    )  # fmt: skip


@cut_plan_pages.post("/admin/cut-plans/{plan_id}/accept", summary="Accept a cut plan from its page")
async def accept(
    request: Request, plan_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:  # fmt: skip
    match = IfMatch(version_tag(number(form.get("version", ""))))
    await CutPlanService(write, access, now).accept(plan_id, match)
    return site.go_to(request, f"{PLANS}/{plan_id}", done="accepted")
