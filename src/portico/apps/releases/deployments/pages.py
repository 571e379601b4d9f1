"""The page of a deployment: how it came here, every rule, what it has written, and what may be done with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import Request

from portico.apps.releases.access import PageReadAccess, PageWriteAccess
from portico.apps.releases.admission.service import explain
from portico.apps.releases.approvals import reads as approvals
from portico.apps.releases.deployments import reads
from portico.apps.releases.deployments.errors import DeploymentNotFound
from portico.apps.releases.deployments.schemas import DeploymentIn, ReviewIn, RollbackIn
from portico.apps.releases.deployments.service import RETRIED, DeploymentService
from portico.apps.releases.environments import reads as environments
from portico.apps.releases.freezes import reads as freezes
from portico.apps.releases.freezes.schemas import OverrideIn
from portico.apps.releases.freezes.service import FreezeService
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.site import DEPLOYMENTS, site
from portico.kernel.database import Connection, Row
from portico.kernel.errors import existing
from portico.kernel.forms import Done, Form, typed
from portico.kernel.inputs import Id, Now
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Reading, Writing

WAITING = ("requested", "awaiting_approval", "scheduled", "queued")
DONE = {
    "requested": "The deployment is requested.", "cancelled": "The deployment is cancelled.",
    "retried": "The same is requested once more.", "rolled_back": "The way back is requested.",
    "reviewed": "The review is kept.", "overridden": "The freeze lets it through, on the record.",
}  # fmt: skip

deployment_pages = page_router()


@deployment_pages.get("/deployments/{deployment_id}", summary="All that is known of a deployment")
async def show_deployment(
    request: Request, deployment_id: Id, reading: Reading, access: PageReadAccess, now: Now, done: Done = ""
) -> Any:
    row = existing(await reads.deployment(reading, deployment_id), DeploymentNotFound(deployment_id))
    is_waiting = row["state"] in WAITING
    return site.page(
        request, "deployment.html", deployment=row, offers=_offers(row, access), done=DONE.get(done, ""),
        explanation=await explain(reading, row, now) if is_waiting else None,
        changes=await reads.changes(reading, deployment_id), stages=await reads.stages(reading, deployment_id),
        approvals=await approvals.of_deployment(reading, deployment_id),
        holding=await _holding(reading, row, access, now) if is_waiting else [],
    )  # fmt: skip


@deployment_pages.post("/releases/{release_id}/deploy", summary="Ask for a deployment from the page of its release")
async def request_deployment(
    request: Request, release_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    body = typed(DeploymentIn, {"release_id": release_id, **_wanted(form)})
    return _to(request, await DeploymentService(write, access, now).request(**body.model_dump()), "requested")


@deployment_pages.post("/deployments/{deployment_id}/cancel", summary="Cancel a deployment from its page")
async def cancel(
    request: Request, deployment_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    await DeploymentService(write, access, now).cancel(deployment_id, form.get("reason", "")[:2000])
    return _to(request, deployment_id, "cancelled")


@deployment_pages.post("/deployments/{deployment_id}/retry", summary="Ask for the same once more from its page")
async def retry(
    request: Request, deployment_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    made = await DeploymentService(write, access, now).retry(deployment_id, form.get("reason", "")[:2000])
    return _to(request, made, "retried")


@deployment_pages.post("/deployments/{deployment_id}/rollback", summary="Go back to what ran before, from its page")
async def roll_back(
    request: Request, deployment_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    wanted = {"reason": form.get("reason", ""), "incident_id": form.get("incident_id") or None}
    body = typed(RollbackIn, wanted)
    made = await DeploymentService(write, access, now).rollback(deployment_id, **body.model_dump())
    return _to(request, made, "rolled_back")


@deployment_pages.post("/deployments/{deployment_id}/review", summary="Review an emergency from its page")
async def review(
    request: Request, deployment_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    body = typed(ReviewIn, {"review": form.get("review", "")})
    await DeploymentService(write, access, now).review(deployment_id, body.review)
    return _to(request, deployment_id, "reviewed")


@deployment_pages.post("/deployments/{deployment_id}/override", summary="Let a deployment through a freeze")
async def override(
    request: Request, deployment_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    body = typed(OverrideIn, {"deployment_id": deployment_id, "reason": form.get("reason", "")})
    freeze_id = int(form.get("freeze_id", "0")) if form.get("freeze_id", "").isdecimal() else 0
    await FreezeService(write, access, now).override(freeze_id, deployment_id, body.reason)
    return _to(request, deployment_id, "overridden")


def _wanted(form: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as the body of the route has it: empty fields are none, and times are UTC."""
    wanted: dict[str, Any] = {
        name: form[name] for name in ("environment_id", "reason", "incident_id") if form.get(name)
    }
    if form.get("scheduled_at"):
        wanted["scheduled_at"] = f"{form['scheduled_at']}Z"
    return {**wanted, "is_emergency": "is_emergency" in form}


def _to(request: Request, deployment_id: int, done: str) -> Any:
    return site.go_to(request, f"{DEPLOYMENTS}/{deployment_id}", done=done)


async def _holding(connection: Connection, row: Row, access: Access, now: datetime) -> Sequence[dict[str, Any]]:
    """The freezes that hold it up, and whether the caller may let it through."""
    place = await environments.environment(connection, row["environment_id"])
    found = await freezes.active(
        connection, now=now, service_id=row["service_id"], team_id=row["team_id"],
        environment_id=row["environment_id"], environment_type=place["type"] if place else "",
    )  # fmt: skip
    through = {each["freeze_id"] for each in await freezes.overrides_of(connection, row["id"])} if found else set()
    is_admin = access.may(Action.OVERRIDE)
    return [
        {"id": freeze.id, "name": freeze.name, "may": is_admin or freeze.override_group_id in access.groups}
        for freeze in found
        if freeze.id not in through
    ]


def _offers(row: Row, access: Access) -> list[dict[str, Any]]:
    """What can be done with it: each action with the reason why it is greyed out, where it is."""
    no = "" if access.may_for(Action.REQUEST, row["team_id"]) else "You may not do this."
    state = row["status"].replace("_", " ")
    offers = [
        {"action": "cancel", "label": "Cancel", "why": no if row["state"] in WAITING else f"It is {state}."},
        {"action": "retry", "label": "Retry", "why": no if row["state"] in RETRIED else f"It is {state}."},
        {"action": "rollback", "label": "Roll back",
         "why": no if row["status"] in ("succeeded", "failed") else f"It is {state}."},
    ]  # fmt: skip
    if row["is_emergency"]:
        offers.append({"action": "review", "label": "Review", "why": _why_no_review(row, access)})
    return offers


def _why_no_review(row: Row, access: Access) -> str:
    if row["reviewed_at"]:
        return "It has been reviewed."
    if row["ended_at"] is None:
        return "Emergencies are reviewed once they are over."
    if not access.may(Action.REVIEW):
        return "You may not do this."
    return "Whoever asked for it does not review it." if row["requester_id"] == access.user_id else ""
