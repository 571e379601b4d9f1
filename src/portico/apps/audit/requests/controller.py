"""The request routes: of the team, and of the auditee who is asked."""

from typing import Annotated, Any

from fastapi import Depends, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.fields import ActionOut
from portico.apps.audit.permissions import Access
from portico.apps.audit.requests import reads
from portico.apps.audit.requests.schemas import (
    AnswerIn,
    RequestIn,
    RequestOut,
    RequestPage,
    RequestPatch,
    RequestReturnIn,
    State,
)
from portico.apps.audit.requests.service import RequestService, actions
from portico.apps.audit.requests.standing import RequestNotFound
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing
from portico.kernel.uploads import FilesOf

requests = router(prefix="/api/v1", tags=["requests"])
OF_ENGAGEMENT, ONE = "/engagements/{engagement_id}/requests", "/requests/{request_id}"


async def _service(write: Writing, access: WriteAccess, now: Now, files: FilesOf) -> RequestService:
    return RequestService(write, access, now, files)


Requests = Annotated[RequestService, Depends(_service)]


@requests.get(OF_ENGAGEMENT, response_model=RequestPage, summary="Requests to the client, the newest first")
async def list_requests(
    engagement_id: Id,
    access: ReadAccess,
    reading: Reading,
    state: State | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await look(reading, access, engagement_id)
    return await reads.requests(reading, access, engagement_id, state=state, limit=limit, cursor=cursor)


@requests.post(
    OF_ENGAGEMENT, status_code=201, response_model=RequestOut, summary="Draft a request", dependencies=[Once]
)  # fmt: skip
async def draft_request(
    engagement_id: Id, body: RequestIn, service: Requests, write: Writing, access: WriteAccess, response: Response
) -> Any:
    request_id = await service.create(engagement_id, **body.model_dump())
    return await _shown(await write.connection(), access, request_id, response)


@requests.get("/requests", response_model=RequestPage, summary="What you are asked, in all engagements")
async def list_own_requests(
    access: ReadAccess, reading: Reading, state: State | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    return await reads.own_requests(reading, access, state=state, limit=limit, cursor=cursor)


@requests.get(ONE, response_model=RequestOut, summary="One request")
async def get_request(request_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, access, request_id, response)


@requests.patch(ONE, response_model=RequestOut, summary="Change some of a draft; later its date alone")
async def change_request(
    request_id: Id, body: RequestPatch, service: Requests, write: Writing, access: WriteAccess, match: Matching,
    response: Response,
) -> Any:  # fmt: skip
    await service.change(request_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), access, request_id, response)


@requests.post(f"{ONE}/send", response_model=RequestOut, summary="Send a request to its auditee", dependencies=[Once])
async def send_request(
    request_id: Id, service: Requests, write: Writing, access: WriteAccess, response: Response
) -> Any:
    await service.send(request_id)
    return await _shown(await write.connection(), access, request_id, response)


@requests.post(f"{ONE}/submit", response_model=RequestOut, summary="Answer a request of yours", dependencies=[Once])
async def submit_request(
    request_id: Id, service: Requests, write: Writing, access: WriteAccess, response: Response,
    body: AnswerIn | None = None,
) -> Any:  # fmt: skip
    await service.submit(request_id, body.answer if body else "")
    return await _shown(await write.connection(), access, request_id, response)


@requests.post(
    f"{ONE}/accept", response_model=RequestOut, summary="Accept what answers a request, and seal it",
    dependencies=[Once],
)  # fmt: skip
async def accept_request(
    request_id: Id, service: Requests, write: Writing, access: WriteAccess, response: Response
) -> Any:
    await service.accept(request_id)
    return await _shown(await write.connection(), access, request_id, response)


@requests.post(
    f"{ONE}/return", response_model=RequestOut, summary="Return a request, with a reason", dependencies=[Once]
)
async def return_request(
    request_id: Id, body: RequestReturnIn, service: Requests, write: Writing, access: WriteAccess, response: Response
) -> Any:
    await service.give_back(request_id, body.reason)
    return await _shown(await write.connection(), access, request_id, response)


@requests.get(f"{ONE}/actions", response_model=list[ActionOut], summary="What you may do with a request now")
async def list_actions(request_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return await actions(reading, access, request_id)


async def _shown(connection: Connection, access: Access, request_id: int, response: Response) -> Any:
    return tagged(response, await reads.request(connection, access, request_id), RequestNotFound(request_id))
