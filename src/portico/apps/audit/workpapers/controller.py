"""The workpaper routes, and the queue of reviewers."""

from typing import Annotated, Any

from fastapi import Depends, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.fields import ActionOut
from portico.apps.audit.workpapers import reads
from portico.apps.audit.workpapers.actions import actions
from portico.apps.audit.workpapers.schemas import (
    ReturnIn,
    ReviewIn,
    ReviewPage,
    State,
    WorkpaperIn,
    WorkpaperOut,
    WorkpaperPage,
    WorkpaperPatch,
    WorkpaperVersionOut,
)
from portico.apps.audit.workpapers.service import WorkpaperNotFound, WorkpaperService
from portico.identity.public import Once
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

workpapers = router(prefix="/api/v1", tags=["workpapers"])
OF_ENGAGEMENT, ONE = "/engagements/{engagement_id}/workpapers", "/workpapers/{workpaper_id}"
LINK = f"{ONE}/evidence/{{evidence_version_id}}"


class Desk:
    """The service, and its answer: the workpaper as it is then."""

    def __init__(self, write: Writing, access: WriteAccess, now: Now, response: Response) -> None:
        self.service = WorkpaperService(write, access, now)
        self._write = write
        self._me = access.user_id
        self._response = response

    async def shown(self, workpaper_id: int) -> Any:
        row = await reads.workpaper(await self._write.connection(), self._me, workpaper_id)
        return tagged(self._response, row, WorkpaperNotFound(workpaper_id))

    async def moved(self, workpaper_id: int, action: str, note: str = "") -> Any:
        await self.service.move(workpaper_id, action, note)
        return await self.shown(workpaper_id)


AtDesk = Annotated[Desk, Depends()]


@workpapers.get(OF_ENGAGEMENT, response_model=WorkpaperPage, summary="Workpapers, the newest first")
async def list_workpapers(
    engagement_id: Id,
    access: ReadAccess,
    reading: Reading,
    state: State | None = None,
    procedure_id: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await look(reading, access, engagement_id)
    filters = {"engagement": engagement_id, "state": state, "procedure": procedure_id}
    return await reads.workpapers(reading, filters, limit=limit, cursor=cursor)


@workpapers.post(
    OF_ENGAGEMENT, status_code=201, response_model=WorkpaperOut, summary="Begin a workpaper", dependencies=[Once]
)  # fmt: skip
async def begin_workpaper(engagement_id: Id, body: WorkpaperIn, desk: AtDesk) -> Any:
    return await desk.shown(await desk.service.create(engagement_id, **body.model_dump()))


@workpapers.get("/reviews", response_model=ReviewPage, summary="What waits for the caller's review, the oldest first")
async def list_reviews(access: ReadAccess, reading: Reading, limit: Limit = 50, cursor: Cursor = None) -> Any:
    return await reads.reviews(reading, access.user_id, limit=limit, cursor=cursor)


@workpapers.get(ONE, response_model=WorkpaperOut, summary="One workpaper, as its newest version has it")
async def get_workpaper(workpaper_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    row = await reads.workpaper(reading, access.user_id, workpaper_id)
    return tagged(response, row, WorkpaperNotFound(workpaper_id))


@workpapers.patch(ONE, response_model=WorkpaperOut, summary="Edit the draft, or open the next version")
async def edit_workpaper(workpaper_id: Id, body: WorkpaperPatch, desk: AtDesk, match: Matching) -> Any:
    await desk.service.change(workpaper_id, match, **body.model_dump(exclude_unset=True))
    return await desk.shown(workpaper_id)


@workpapers.get(f"{ONE}/versions", response_model=list[WorkpaperVersionOut], summary="All versions, the newest first")
async def list_versions(workpaper_id: Id, access: ReadAccess, reading: Reading) -> Any:
    found = await reads.versions(reading, access.user_id, workpaper_id)
    if not found:
        raise WorkpaperNotFound(workpaper_id)
    return found


@workpapers.get(f"{ONE}/actions", response_model=list[ActionOut], summary="What the caller may do with a workpaper")
async def list_workpaper_actions(workpaper_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return await actions(reading, access, workpaper_id)


@workpapers.put(LINK, response_model=WorkpaperOut, summary="Have the draft rest on a version of evidence")
async def link_evidence(workpaper_id: Id, evidence_version_id: Id, desk: AtDesk, match: Matching) -> Any:
    await desk.service.link(workpaper_id, evidence_version_id, match)
    return await desk.shown(workpaper_id)


@workpapers.delete(LINK, response_model=WorkpaperOut, summary="Have the draft rest no more on a version of evidence")
async def unlink_evidence(workpaper_id: Id, evidence_version_id: Id, desk: AtDesk, match: Matching) -> Any:
    await desk.service.unlink(workpaper_id, evidence_version_id, match)
    return await desk.shown(workpaper_id)


@workpapers.post(f"{ONE}/prepare", response_model=WorkpaperOut, summary="Sign it as prepared", dependencies=[Once])
async def prepare(workpaper_id: Id, desk: AtDesk) -> Any:
    return await desk.moved(workpaper_id, "prepare")


@workpapers.post(f"{ONE}/review", response_model=WorkpaperOut, summary="Take it for review", dependencies=[Once])
async def review(workpaper_id: Id, desk: AtDesk) -> Any:
    return await desk.moved(workpaper_id, "review")


@workpapers.post(f"{ONE}/return", response_model=WorkpaperOut, summary="Back to a draft", dependencies=[Once])
async def give_back(workpaper_id: Id, body: ReturnIn, desk: AtDesk) -> Any:
    return await desk.moved(workpaper_id, "return", body.reason)


@workpapers.post(f"{ONE}/approve", response_model=WorkpaperOut, summary="Approve the review", dependencies=[Once])
async def approve(workpaper_id: Id, desk: AtDesk, body: ReviewIn | None = None) -> Any:
    return await desk.moved(workpaper_id, "approve", body.note if body else "")


@workpapers.post(f"{ONE}/lock", response_model=WorkpaperOut, summary="Lock an approved workpaper", dependencies=[Once])
async def lock(workpaper_id: Id, desk: AtDesk) -> Any:
    return await desk.moved(workpaper_id, "lock")
