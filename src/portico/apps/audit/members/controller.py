"""The member routes of an engagement."""

from typing import Any
from uuid import UUID

from fastapi import Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.members import reads
from portico.apps.audit.members.schemas import MemberIn, MemberOut
from portico.apps.audit.members.service import MemberNotFound, MemberService
from portico.kernel.errors import existing
from portico.kernel.etags import Matching, version_tag
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

members = router(prefix="/api/v1/engagements/{engagement_id}/members", tags=["engagements"])


@members.get("", response_model=list[MemberOut], summary="Who has which role in an engagement")
async def list_members(engagement_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    standing = await look(reading, access, engagement_id)
    response.headers["ETag"] = version_tag(standing.version)
    return await reads.members(reading, engagement_id)


@members.put("/{user_id}", response_model=MemberOut, summary="Give somebody a role in an engagement")
async def put_member(
    engagement_id: Id,
    user_id: UUID,
    body: MemberIn,
    write: Writing,
    access: WriteAccess,
    match: Matching,
) -> Any:
    await MemberService(write, access, engagement_id).put(user_id, match, **body.model_dump())
    return existing(await reads.member(await write.connection(), engagement_id, user_id), MemberNotFound(user_id))


@members.delete("/{user_id}", status_code=204, summary="Take somebody out of an engagement")
async def remove_member(engagement_id: Id, user_id: UUID, write: Writing, access: WriteAccess, match: Matching) -> None:
    await MemberService(write, access, engagement_id).remove(user_id, match)
