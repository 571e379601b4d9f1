"""The page of incidents: what went wrong, and the forms to open, attribute and resolve one."""

from typing import Any

from fastapi import Request

from portico.apps.releases.access import PageReadAccess, PageWriteAccess
from portico.apps.releases.choices import choices
from portico.apps.releases.incidents import reads
from portico.apps.releases.incidents.schemas import AttributionIn, IncidentIn, ResolutionIn
from portico.apps.releases.incidents.service import IncidentNotFound, IncidentService
from portico.apps.releases.permissions import Action
from portico.apps.releases.site import INCIDENTS, site
from portico.kernel.errors import existing
from portico.kernel.forms import Chosen, Done, Form, checked, typed
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Reading, Writing

PART = 30
SEVERITIES = [(name, name) for name in ("low", "medium", "high", "critical")]
FIELDS = ("service_id", "environment_id", "title", "description", "severity")
DONE = {
    "opened": "The incident is open.", "attributed": "It stands with its deployment.", "resolved": "It is resolved."
}  # fmt: skip

incident_pages = page_router()


@incident_pages.get("/incidents", summary="The list of incidents")
async def show_incidents(
    request: Request, reading: Reading, access: PageReadAccess, service: Chosen = None, cursor: Cursor = None
) -> Any:
    filters = {"service_id": service, "environment_id": None, "deployment_id": None, "open": None}
    found = await reads.incidents(reading, filters, limit=PART, cursor=cursor)
    return site.page(
        request, "incidents.html", incidents=found["items"], following=found["next_cursor"],
        is_later=cursor is not None, filters={"service": str(service)} if service else {},
        choices=await choices(reading), may_report=access.may(Action.REPORT),
    )  # fmt: skip


@incident_pages.get("/incidents/new", summary="The form for a new incident")
async def show_new(request: Request, reading: Reading, access: PageReadAccess) -> Any:
    access.require(Action.REPORT)
    return site.page(
        request, "incident_new.html", values={"severity": "high"}, errors={}, choices=await choices(reading),
        severities=SEVERITIES,
    )  # fmt: skip


@incident_pages.post("/incidents/new", summary="Open an incident from the form")
async def open_incident(request: Request, form: Form, write: Writing, access: PageWriteAccess, now: Now) -> Any:
    wanted = {name: form[name] for name in FIELDS if form.get(name)}
    body, errors = checked(IncidentIn, {**wanted, "needs_intervention": "needs_intervention" in form})
    if body is None:
        return site.page(
            request, "incident_new.html", status=422, values=form, errors=errors,
            choices=await choices(await write.connection()), severities=SEVERITIES,
        )  # fmt: skip
    return _to(request, await IncidentService(write, access, now).open(**body.model_dump()), "opened")


@incident_pages.get("/incidents/{incident_id}", summary="All that is known of an incident")
async def show_incident(
    request: Request, incident_id: Id, reading: Reading, access: PageReadAccess, done: Done = ""
) -> Any:
    row = existing(await reads.incident(reading, incident_id), IncidentNotFound(incident_id))
    return site.page(
        request, "incident.html", incident=row, may_resolve=access.may_for(Action.RESOLVE, row["team_id"]),
        done=DONE.get(done, ""),
    )  # fmt: skip


@incident_pages.post("/incidents/{incident_id}/attribute", summary="Say which deployment caused an incident")
async def attribute(
    request: Request, incident_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    wanted = {"deployment_id": form.get("deployment_id") or None, "reason": form.get("reason", "")}
    body = typed(AttributionIn, wanted)
    await IncidentService(write, access, now).attribute(incident_id, body.deployment_id, body.reason)
    return _to(request, incident_id, "attributed")


@incident_pages.post("/incidents/{incident_id}/resolve", summary="Resolve an incident from its page")
async def resolve(
    request: Request, incident_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    body = typed(ResolutionIn, {"resolution": form.get("resolution", "")})
    await IncidentService(write, access, now).resolve(incident_id, body.resolution)
    return _to(request, incident_id, "resolved")


def _to(request: Request, incident_id: int, done: str) -> Any:
    return site.go_to(request, f"{INCIDENTS}/{incident_id}", done=done)
