"""Workstations with their codes; and, for those who run the installation, the companies."""

from typing import Any
from uuid import UUID

from fastapi import Request

from portico.apps.factory.access import COOKIE, PageWriteAccess
from portico.apps.factory.companies import reads as companies
from portico.apps.factory.companies.schemas import CompanyIn
from portico.apps.factory.companies.service import CompanyNotFound, CompanyService
from portico.apps.factory.permissions import Action
from portico.apps.factory.site import DASHBOARD, Desk, ReadDesk, WriteDesk, site
from portico.apps.factory.workstations import reads
from portico.apps.factory.workstations.schemas import WorkstationIn
from portico.apps.factory.workstations.service import WorkstationService
from portico.kernel.etags import IfMatch
from portico.kernel.forms import Done, Form, checked, typed
from portico.kernel.inputs import Id, Now
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Writing

STATIONS = "/pages/admin/workstations"
COMPANIES = "/pages/admin/companies"
TYPES = [(name, name) for name in ("Machine", "Assembly", "Control", "Logistics", "Supply")]
DONE = {
    "added": "The workstation is added.", "off": "The workstation is out of use.", "on": "The workstation is in use.",
    "company": "The company is added.",
}  # fmt: skip
ANY = IfMatch(None)

place_pages = page_router()


@place_pages.get("/admin/workstations", summary="Workstations and their codes")
async def show_workstations(desk: ReadDesk, done: Done = "") -> Any:
    desk.access.require(Action.CONFIGURE)
    return await _workstations(desk, done=DONE.get(done, ""))


async def _workstations(desk: Desk, **values: Any) -> Any:
    found = await reads.workstations(desk.connection)
    given = {"done": "", "values": {}, "errors": {}, **values}
    return await desk.page("workstations.html", found=found, types=TYPES, **given)


@place_pages.post("/admin/workstations", summary="Add a workstation from the form")
async def add_workstation(request: Request, form: Form, write: Writing, desk: WriteDesk, now: Now) -> Any:
    desk.access.require(Action.CONFIGURE)
    body, errors = checked(WorkstationIn, form)
    if body is None:
        return await _workstations(desk, values=form, errors=errors, status=422)
    await WorkstationService(write, desk.access, now).create(**body.model_dump())
    return site.go_to(request, STATIONS, done="added")


@place_pages.post("/admin/workstations/{workstation_id}/active", summary="Take a workstation out of use, or back")
async def set_active(
    request: Request, workstation_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    is_active = form.get("active") == "yes"
    await WorkstationService(write, access, now).change(workstation_id, ANY, is_active=is_active)
    return site.go_to(request, STATIONS, done="on" if is_active else "off")


@place_pages.get("/admin/companies", summary="All companies, for those who run the installation")
async def show_companies(desk: ReadDesk, done: Done = "") -> Any:
    found = await _all(desk)
    return await desk.page("companies.html", found=found, done=DONE.get(done, ""), own=desk.access.company_id)


@place_pages.post("/admin/companies", summary="Add a company from the form")
async def add_company(request: Request, form: Form, write: Writing, access: PageWriteAccess, now: Now) -> Any:
    await CompanyService(write, access, now).create(**typed(CompanyIn, form).model_dump())
    return site.go_to(request, COMPANIES, done="company")


@place_pages.post("/admin/companies/{company_id}/enter", summary="Work in a company from here on")
async def enter_company(request: Request, company_id: UUID, _: Form, desk: WriteDesk) -> Any:
    """The cookie names it and opens nothing: at each request it is asked who has signed in."""
    if all(row["id"] != company_id for row in await _all(desk)):
        raise CompanyNotFound(company_id)
    answer = site.go_to(request, DASHBOARD)
    answer.set_cookie(
        COOKIE, str(company_id), path=request.scope.get("root_path") or "/", httponly=True, samesite="lax",
        secure=request.app.state.settings.is_protected,
    )  # fmt: skip
    return answer


async def _all(desk: Desk) -> list[dict[str, Any]]:
    """Raises `Forbidden` for everybody but a SystemAdmin."""
    desk.access.require(Action.COMPANIES)
    caller = desk.access.caller
    return [] if caller is None else await companies.all_companies(desk.connection, caller.session_id)
