"""The pages of releases: the list, and all that is known of one, with what may be done with it."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query, Request

from portico.apps.releases.access import PageReadAccess, PageWriteAccess
from portico.apps.releases.admission.service import explain
from portico.apps.releases.choices import choices
from portico.apps.releases.defects import reads as defects
from portico.apps.releases.gates import reads as gates
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.releases import reads
from portico.apps.releases.releases.notes import OTHER, SECTIONS
from portico.apps.releases.releases.progress import progress
from portico.apps.releases.releases.schemas import State
from portico.apps.releases.releases.service import ReleaseNotFound, ReleaseService, possibilities
from portico.apps.releases.site import RELEASES, site
from portico.kernel.database import Row
from portico.kernel.errors import existing
from portico.kernel.forms import Blank, Chosen, Done, Form
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Reading, Writing

PART, LAST, MOST_EXPLAINED = 30, 20, 10
OPEN = ("requested", "awaiting_approval", "scheduled", "queued", "running")
STATES = [(name, name) for name in ("draft", "candidate", "published", "blocked", "withdrawn", "archived")]
DONE = {
    "candidate": "What it is stands fixed by its hash.", "publish": "The release is published.",
    "withdraw": "The release is withdrawn: it starts nowhere any more.", "archive": "The release is archived.",
}  # fmt: skip

release_pages = page_router()


@release_pages.get("/releases", summary="The list of releases")
async def show_releases(
    request: Request, reading: Reading, _: PageReadAccess, service: Chosen = None,
    state: Annotated[State | None, Blank, Query()] = None, cursor: Cursor = None,
) -> Any:  # fmt: skip
    found = await reads.releases(reading, service_id=service, state=state, limit=PART, cursor=cursor)
    filters = {name: str(value) for name, value in (("service", service), ("state", state)) if value is not None}
    return site.page(
        request, "releases.html", releases=found["items"], total=found["total"], following=found["next_cursor"],
        is_later=cursor is not None, filters=filters, choices=await choices(reading), states=STATES,
    )  # fmt: skip


@release_pages.get("/releases/{release_id}", summary="All that is known of a release")
async def show_release(
    request: Request, release_id: Id, reading: Reading, access: PageReadAccess, now: Now, done: Done = ""
) -> Any:
    release = existing(await reads.release(reading, release_id), ReleaseNotFound())
    changes = await reads.changes(reading, release_id)
    deployments = (await reads.deployments(reading, release_id, limit=LAST, cursor=None))["items"]
    waiting = [row for row in deployments if row["state"] in OPEN][:MOST_EXPLAINED]
    return site.page(
        request, "release.html", release=release, changes=_by_kind(changes), deployments=deployments,
        explained=[(row, await explain(reading, row, now)) for row in waiting],
        progress=await progress(reading, release_id, now), running=await reads.running(reading, release_id),
        gates=await gates.of_release(reading, release_id, now), defects=await defects.open_of(reading, release_id),
        actions=possibilities(release, access), why_not=_why_no_request(release, access),
        environments=(await choices(reading))["environments"], done=DONE.get(done, ""),
    )  # fmt: skip


@release_pages.post("/releases/{release_id}/candidate", summary="Fix what a draft is, from its page")
async def make_candidate(request: Request, release_id: Id, _: Form, write: Writing, access: PageWriteAccess) -> Any:
    await ReleaseService(write, access).make_candidate(release_id)
    return _back(request, release_id, "candidate")


@release_pages.post("/releases/{release_id}/publish", summary="Publish a release from its page")
async def publish(request: Request, release_id: Id, _: Form, write: Writing, access: PageWriteAccess, now: Now) -> Any:
    await ReleaseService(write, access).publish(release_id, now)
    return _back(request, release_id, "publish")


@release_pages.post("/releases/{release_id}/withdraw", summary="Withdraw a release from its page")
async def withdraw(request: Request, release_id: Id, form: Form, write: Writing, access: PageWriteAccess) -> Any:
    await ReleaseService(write, access).withdraw(release_id, form.get("reason", "")[:2000])
    return _back(request, release_id, "withdraw")


@release_pages.post("/releases/{release_id}/archive", summary="Archive a release from its page")
async def archive(request: Request, release_id: Id, _: Form, write: Writing, access: PageWriteAccess) -> Any:
    await ReleaseService(write, access).archive(release_id)
    return _back(request, release_id, "archive")


def _back(request: Request, release_id: int, done: str) -> Any:
    return site.go_to(request, f"{RELEASES}/{release_id}", done=done)


def _by_kind(changes: Sequence[Row]) -> dict[str, list[Row]]:
    """What breaks stands first, and again where it belongs by its kind."""
    names = ["Breaking changes", *SECTIONS.values(), OTHER]
    found: dict[str, list[Row]] = {name: [] for name in names}
    for change in changes:
        if change["is_breaking"]:
            found[names[0]].append(change)
        found[SECTIONS.get(change["kind"], OTHER)].append(change)
    return {name: rows for name, rows in found.items() if rows}


def _why_no_request(release: Row, access: Access) -> str:
    """Why the form that asks for a deployment is not there, or nothing."""
    if release["state"] != "published":
        return f"It is {release['state']}: only what is published is deployed."
    return "" if access.may_for(Action.REQUEST, release["team_id"]) else "You may not do this."
