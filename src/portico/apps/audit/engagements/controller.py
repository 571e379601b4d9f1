"""The engagement routes."""

from typing import Any

from fastapi import Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements import reads
from portico.apps.audit.engagements.schemas import EngagementIn, EngagementOut, EngagementPage, EngagementPatch, State
from portico.apps.audit.engagements.service import EngagementService, possibilities
from portico.apps.audit.engagements.standing import EngagementNotFound, look
from portico.apps.audit.fields import ActionOut
from portico.apps.audit.permissions import Access
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

engagements = router(prefix="/api/v1/engagements", tags=["engagements"])

MOVES = {
    "start": "Begin the fieldwork",
    "submit-review": "Hand the fieldwork to the reviewers: no workpaper is in draft",
    "resume-fieldwork": "Take it back to the fieldwork",
    "draft-report": "Begin the report: every workpaper is approved",
    "issue": "Issue the report: every finding was answered",
    "follow-up": "Follow up what was found",
    "close": "Close it: every finding is resolved",
    "archive": "Archive it: from here on nothing is changed or removed",
}


@engagements.get("", response_model=EngagementPage, summary="Engagements in whose team the caller is")
async def list_engagements(
    access: ReadAccess,
    reading: Reading,
    state: State | None = None,
    client: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.engagements(
        reading, me=access.user_id, state=state, client_id=client, limit=limit, cursor=cursor
    )


@engagements.post(
    "",
    status_code=201,
    response_model=EngagementOut,
    summary="Plan an engagement, and lead it",
    dependencies=[Once],
    responses={404: {"description": "There is no such client."}},
)
async def create_engagement(body: EngagementIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    engagement_id = await EngagementService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), access, engagement_id, response)


@engagements.get("/{engagement_id}", response_model=EngagementOut, summary="One engagement")
async def get_engagement(engagement_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, access, engagement_id, response)


@engagements.patch("/{engagement_id}", response_model=EngagementOut, summary="Change some of an engagement")
async def change_engagement(
    engagement_id: Id, body: EngagementPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await EngagementService(write, access).change(engagement_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), access, engagement_id, response)


@engagements.get(
    "/{engagement_id}/actions", response_model=list[ActionOut], summary="What you may do with an engagement now"
)
async def list_actions(engagement_id: Id, access: ReadAccess, reading: Reading, now: Now) -> Any:
    return await possibilities(reading, access, engagement_id, now)


def _add_move(action: str, summary: str) -> None:
    @engagements.post(
        f"/{{engagement_id}}/{action}", response_model=EngagementOut, summary=summary, dependencies=[Once],
        name=f"{action} engagement",
    )  # fmt: skip
    async def move(engagement_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
        await EngagementService(write, access).move(engagement_id, action, now)
        return await _shown(await write.connection(), access, engagement_id, response)


for _action, _summary in MOVES.items():
    _add_move(_action, _summary)


async def _shown(connection: Connection, access: Access, engagement_id: int, response: Response) -> Any:
    standing = await look(connection, access, engagement_id)
    row = tagged(response, await reads.engagement(connection, engagement_id), EngagementNotFound(engagement_id))
    return {**row, "role": standing.role}
