"""The page of freezes: which hold, which come, and the forms to begin and end one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from portico.apps.releases.access import PageReadAccess, PageWriteAccess
from portico.apps.releases.choices import Choice, choices
from portico.apps.releases.freezes import calendar, reads
from portico.apps.releases.freezes.schemas import FreezeIn
from portico.apps.releases.freezes.service import FreezeService
from portico.apps.releases.permissions import Action
from portico.apps.releases.site import FREEZES, site
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput
from portico.kernel.forms import Done, Form, checked
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Reading, Writing

PART = 50
AHEAD = timedelta(days=90)
NEXT = 3
SCOPES = {
    "environment_types": "types",
    "environment_ids": "environments",
    "team_ids": "teams",
    "service_ids": "services",
}
TYPES = [(name, name) for name in ("dev", "test", "staging", "production")]
TEXTS = ("name", "reason", "time_zone", "recurrence", "duration_minutes", "override_group_id")
DONE = {"begun": "The freeze is on the list.", "ended": "The freeze has ended.", "": ""}

freeze_pages = page_router()


@freeze_pages.get("/freezes", summary="The list of freezes")
async def show_freezes(
    request: Request, reading: Reading, access: PageReadAccess, now: Now, cursor: Cursor = None, done: Done = ""
) -> Any:
    known = await choices(reading)
    current = await reads.freezes(reading, now=now, current=True, limit=PART)
    over = await reads.freezes(reading, now=now, current=False, limit=PART, cursor=cursor)
    return site.page(
        request, "freezes.html", current=[_shown(row, now, known) for row in current["items"]],
        over=[_shown(row, now, known) for row in over["items"]], following=over["next_cursor"],
        is_later=cursor is not None, may_freeze=access.may(Action.FREEZE), done=DONE.get(done, ""),
    )  # fmt: skip


@freeze_pages.get("/freezes/calendar.ics", summary="Freezes as a calendar, for who has signed in")
async def show_calendar(reading: Reading, _: PageReadAccess, now: Now) -> Response:
    rows = await reads.for_calendar(reading, now, calendar.BEHIND)
    headers = {"content-type": "text/calendar; charset=utf-8", "cache-control": "no-store"}
    return Response(calendar.written(rows, now), headers=headers)


@freeze_pages.get("/freezes/new", summary="The form for a new freeze")
async def show_new(request: Request, reading: Reading, access: PageReadAccess, now: Now) -> Any:
    access.require(Action.FREEZE)
    begin = now.replace(second=0, microsecond=0)
    typed = {"starts_at": _local(begin), "ends_at": _local(begin + timedelta(hours=8)), "time_zone": "UTC"}
    return _form(request, await choices(reading), typed)


@freeze_pages.post("/freezes/new", summary="Freeze, from the form")
async def begin(request: Request, form: Form, write: Writing, access: PageWriteAccess, now: Now) -> Any:
    body, errors = checked(FreezeIn, _values(form))
    if body is not None:
        try:
            await FreezeService(write, access, now).create(**body.model_dump())
            return site.go_to(request, FREEZES, done="begun")
        except InvalidInput as flaw:  # nothing is written yet
            errors = {name: str(what) for name, what in (flaw.details or {"name": flaw.text}).items()}
    return _form(request, await choices(await write.connection()), form, errors)


@freeze_pages.post("/freezes/{freeze_id}/end", summary="End a freeze from the list")
async def end(request: Request, freeze_id: Id, _: Form, write: Writing, access: PageWriteAccess, now: Now) -> Any:
    await FreezeService(write, access, now).end(freeze_id)
    return site.go_to(request, FREEZES, done="ended")


def _shown(row: Row, now: datetime, known: Mapping[str, list[Choice]]) -> Row:
    coming = reads.occurrences(row, now, now + AHEAD)[:NEXT]
    is_over = not row["is_active"] and not coming and not row["recurrence"]
    state = "holds" if row["is_active"] else "over" if is_over or row["ended_at"] else "coming"
    return {**row, "state": state, "coming": coming, "scope": _scope(row, known)}


def _scope(row: Row, known: Mapping[str, list[Choice]]) -> str:
    """What it is for, in words."""
    parts = []
    for column, kind in SCOPES.items():
        names = {number: name for number, name in known.get(kind, [])}
        if row[column]:
            parts.append(", ".join(str(names.get(each, each)) for each in row[column]))
    return "; ".join(parts) or "everything"


def _values(form: Mapping[str, str]) -> dict[str, Any]:
    """What was typed as the route's body has it: one of each scope, and times by the wall clock of the zone."""
    values: dict[str, Any] = {name: form[name] for name in TEXTS if form.get(name)}
    values |= {name: [form[name]] for name in SCOPES if form.get(name)}
    for name in ("starts_at", "ends_at"):
        if form.get(name):
            values[name] = _instant(form[name], form.get("time_zone") or "UTC")
    return {"name": "", "reason": "", **values}


def _instant(text: str, zone: str) -> datetime | str:
    """What cannot be read stays as it is, and a zone that is none is refused where it is checked."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    try:
        return at.replace(tzinfo=ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        return at.replace(tzinfo=UTC)


def _local(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"


def _form(
    request: Request, known: Mapping[str, list[Choice]], typed: Mapping[str, Any], errors: dict[str, str] | None = None
) -> Any:
    return site.page(
        request, "freeze.html", status=422 if errors else 200, values=typed, errors=errors or {}, choices=known,
        types=TYPES,
    )  # fmt: skip
