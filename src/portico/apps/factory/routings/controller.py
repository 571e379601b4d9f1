"""The routes of routings."""

from typing import Any

from fastapi import Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.fields import CodeFilter
from portico.apps.factory.routings import reads
from portico.apps.factory.routings.schemas import RoutingIn, RoutingOut, RoutingPage, RoutingPatch, State
from portico.apps.factory.routings.service import RoutingNotFound, RoutingService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

routings = router(prefix="/api/v1/routings", tags=["routings"])


@routings.get("", response_model=RoutingPage, summary="Routings, the newest first")
async def list_routings(
    access: ReadAccess,
    reading: Reading,
    code: CodeFilter = None,
    state: State | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.routings(reading, code=code, state=state, limit=limit, cursor=cursor)


@routings.post("", status_code=201, response_model=RoutingOut, summary="Draft a routing", dependencies=[Once])
async def create_routing(body: RoutingIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    routing_id = await RoutingService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), routing_id, response)


@routings.get("/{routing_id}", response_model=RoutingOut, summary="One routing, with its steps")
async def get_routing(routing_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, routing_id, response)


@routings.put("/{routing_id}", response_model=RoutingOut, summary="Change some of a draft")
async def change_routing(
    routing_id: Id, body: RoutingPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await RoutingService(write, access).change(routing_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), routing_id, response)


@routings.delete("/{routing_id}", status_code=204, summary="Remove a draft")
async def delete_routing(routing_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await RoutingService(write, access).delete(routing_id, match)


@routings.post(
    "/{routing_id}/release", response_model=RoutingOut, summary="Release: it never changes again", dependencies=[Once]
)
async def release_routing(routing_id: Id, write: Writing, access: WriteAccess, response: Response) -> Any:
    await RoutingService(write, access).release(routing_id)
    return await _shown(await write.connection(), routing_id, response)


@routings.post(
    "/{routing_id}/retire", response_model=RoutingOut, summary="Let no new order follow it", dependencies=[Once]
)
async def retire_routing(routing_id: Id, write: Writing, access: WriteAccess, response: Response) -> Any:
    await RoutingService(write, access).retire(routing_id)
    return await _shown(await write.connection(), routing_id, response)


@routings.post(
    "/{routing_id}/editions", status_code=201, response_model=RoutingOut, summary="Draft the next edition",
    dependencies=[Once],
)  # fmt: skip
async def create_edition(routing_id: Id, write: Writing, access: WriteAccess, response: Response) -> Any:
    edition_id = await RoutingService(write, access).new_edition(routing_id)
    return await _shown(await write.connection(), edition_id, response)


async def _shown(connection: Connection, routing_id: int, response: Response) -> Any:
    return tagged(response, await reads.routing(connection, routing_id), RoutingNotFound(routing_id))
