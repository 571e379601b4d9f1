"""The routes of what is added to an archived engagement."""

from typing import Any

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.additions import reads, service
from portico.apps.audit.additions.schemas import AdditionIn, AdditionOut, AdditionPage
from portico.apps.audit.engagements.standing import look
from portico.identity.public import Once
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

additions = router(prefix="/api/v1/engagements/{engagement_id}/additions", tags=["engagements"])


@additions.get("", response_model=AdditionPage, summary="What was added after the archive, the newest first")
async def list_additions(
    engagement_id: Id, access: ReadAccess, reading: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    await look(reading, access, engagement_id)
    return await reads.additions(reading, engagement_id, limit=limit, cursor=cursor)


@additions.post(
    "", status_code=201, response_model=AdditionOut, summary="Add to an archived engagement", dependencies=[Once]
)
async def make_addition(engagement_id: Id, body: AdditionIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    addition_id = await service.add(write, access, engagement_id, **body.model_dump(), now=now)
    return await reads.addition(await write.connection(), addition_id)
