"""What the tablet calls: the queue, scans, and what is done at an operation. The services are those of the routes.

What changes something carries a key that the tablet has made: it is sent again until an answer is heard.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Header
from pydantic import BaseModel, StringConstraints

from portico.apps.factory.access import PageReadAccess, PageWriteAccess
from portico.apps.factory.formats import number
from portico.apps.factory.local_time import zone_of_company
from portico.apps.factory.pages.labels import picture
from portico.apps.factory.permissions import Access
from portico.apps.factory.queue import reads as queues
from portico.apps.factory.reports import reads as reports
from portico.apps.factory.reports.schemas import ReportIn
from portico.apps.factory.reports.service import ReportService
from portico.apps.factory.scans.service import ScanService
from portico.apps.factory.scrap_reasons import reads as scrap_reasons
from portico.apps.factory.work_orders.operations import OperationService
from portico.identity.public import OnceFromPage
from portico.kernel.errors import Unauthorized
from portico.kernel.forms import FromScript
from portico.kernel.idempotency import HEADER, LONGEST_KEY
from portico.kernel.inputs import Body, Id, Now
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Reading, Writing

SHOWN = (
    "id", "work_order", "project", "name", "due_on", "quantity", "state", "good", "scrap", "rework", "available",
    "instruction",
)  # fmt: skip
NAMES = {"work_order": "Order", "workstation": "Workstation", "user": "Badge"}
LABELLED = ("piece", "lot", "assembly", "component")

floor_pages = page_router()


class CodeIn(Body):
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class QueueOut(BaseModel):
    """`today` is that of the company: whether something is late is not asked of the tablet's clock."""

    today: str
    reasons: list[dict[str, str]]
    items: list[dict[str, Any]]


class FoundOut(BaseModel):
    """What a code is, as the tablet shows it."""

    kind: str
    title: str
    facts: list[tuple[str, str]]
    operation_id: int | None
    label: str | None


class BookedOut(BaseModel):
    id: int
    labels: list[dict[str, str]]


@floor_pages.get("/operator/queue", response_model=QueueOut, summary="What there is to do at the tablet's station")
async def show_queue(reading: Reading, access: PageReadAccess, now: Now) -> Any:
    rows = await queues.queue(reading, _station(access))
    items = [{**{name: row[name] for name in SHOWN}, "article": row["article_name"] or row["article"]} for row in rows]
    known = await scrap_reasons.scrap_reasons(reading)
    return {
        "today": f"{now.astimezone(await zone_of_company(reading)):%Y-%m-%d}",
        "reasons": [{"code": each["code"], "name": each["name"]} for each in known if each["is_active"]],
        "items": items,
    }


@floor_pages.post(
    "/operator/scans", response_model=FoundOut, dependencies=[FromScript], summary="What a scanned code is"
)
async def scan(body: CodeIn, write: Writing, access: PageWriteAccess, now: Now) -> Any:
    found = await ScanService(write, access, now).scan(body.code, _station(access))
    first = next((each["id"] for each in found["operations"]), None)
    kind = found["kind"]
    label = picture(kind, found["id"]) if kind in LABELLED else None
    return {"kind": kind, "title": found["code"], "facts": _facts(found), "operation_id": first, "label": label}


@floor_pages.post(
    "/operator/operations/{operation_id}/report", response_model=BookedOut, dependencies=[FromScript],
    summary="Report from the tablet",
)  # fmt: skip
async def report(
    operation_id: Id,
    body: ReportIn,
    key: Annotated[str, Header(alias=HEADER, min_length=1, max_length=LONGEST_KEY)],
    write: Writing,
    access: PageWriteAccess,
    now: Now,
) -> Any:
    report_id, _ = await ReportService(write, access, now).report(operation_id, body.model_dump(), key)
    booked = await reports.report(await write.connection(), report_id) or {"produced": []}
    labels = [{"name": each["lot"], "picture": picture("lot", each["lot_id"])} for each in booked["produced"]]
    return {"id": report_id, "labels": labels}


@floor_pages.post(
    "/operator/operations/{operation_id}/{action}", status_code=204, dependencies=[FromScript, OnceFromPage],
    summary="Start, pause, resume or end from the tablet",
)  # fmt: skip
async def move(
    operation_id: Id,
    action: Literal["start", "pause", "resume", "end"],
    write: Writing,
    access: PageWriteAccess,
    now: Now,
) -> None:
    service = OperationService(write, access, now)
    does = {"start": service.start, "pause": service.pause, "resume": service.resume, "end": service.end}
    await does[action](operation_id)


def _station(access: Access) -> int:
    """Raises `Unauthorized` for who has not signed in at a workstation: the tablet then asks for the badge."""
    if access.workstation_id is None:
        raise Unauthorized
    return access.workstation_id


def _facts(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    kind = found["kind"]
    facts = [(NAMES.get(kind, kind.capitalize()), found["name"]), ("State", (found["state"] or "").replace("_", " "))]
    if found["here"] is not None:
        facts.append(("At this station", number(found["here"])))
    for each in found["operations"]:
        facts.append(("To do", f"{each['work_order']}, {each['name']}: {each['state']}"))
    for each in found["actions"]:
        if not each["allowed"]:
            facts.append((f"Cannot {each['action'].replace('_', ' ')}", " ".join(each["reasons"])))
    return [(name, text) for name, text in facts if text]
