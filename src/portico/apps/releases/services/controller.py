"""The service routes, and those of their channels."""

from typing import Any

from fastapi import Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.services import reads
from portico.apps.releases.services.schemas import (
    ChannelIn,
    ChannelOut,
    ChannelPatch,
    ServiceIn,
    ServiceOut,
    ServicePage,
    ServicePatch,
)
from portico.apps.releases.services.service import ChannelNotFound, ServiceNotFound, ServiceService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

services = router(prefix="/api/v1/services", tags=["services"])


@services.get("", response_model=ServicePage, summary="Services by name")
async def list_services(
    reading: Reading,
    access: ReadAccess,
    team: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.page(reading, team_id=team, limit=limit, cursor=cursor)


@services.post("", status_code=201, response_model=ServiceOut, summary="Add a service", dependencies=[Once])
async def create_service(body: ServiceIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    service_id = await ServiceService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), service_id, response)


@services.get("/{service_id}", response_model=ServiceOut, summary="One service")
async def get_service(service_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, service_id, response)


@services.put("/{service_id}", response_model=ServiceOut, summary="Change some of a service")
async def change_service(
    service_id: Id, body: ServicePatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await ServiceService(write, access).change(service_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), service_id, response)


@services.delete("/{service_id}", status_code=204, summary="Remove a service that never had a release")
async def delete_service(service_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await ServiceService(write, access).delete(service_id, match)


@services.get(
    "/{service_id}/channels", response_model=list[ChannelOut],
    summary="Its channels: the first whose range has a version says which lifecycle it goes through",
)  # fmt: skip
async def list_channels(service_id: Id, reading: Reading, access: ReadAccess) -> Any:
    existing(await reads.service(reading, service_id), ServiceNotFound(service_id))
    return await reads.channels(reading, service_id)


@services.post(
    "/{service_id}/channels", status_code=201, response_model=ChannelOut, summary="Add a channel", dependencies=[Once]
)
async def create_channel(
    service_id: Id, body: ChannelIn, write: Writing, access: WriteAccess, response: Response
) -> Any:
    channel_id = await ServiceService(write, access).add_channel(service_id, **body.model_dump())
    return await _shown_channel(await write.connection(), service_id, channel_id, response)


@services.get("/{service_id}/channels/{channel_id}", response_model=ChannelOut, summary="One channel")
async def get_channel(service_id: Id, channel_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown_channel(reading, service_id, channel_id, response)


@services.put("/{service_id}/channels/{channel_id}", response_model=ChannelOut, summary="Change or move a channel")
async def change_channel(
    service_id: Id,
    channel_id: Id,
    body: ChannelPatch,
    write: Writing,
    access: WriteAccess,
    match: Matching,
    response: Response,
) -> Any:
    values = body.model_dump(exclude_unset=True)
    await ServiceService(write, access).change_channel(service_id, channel_id, match, **values)
    return await _shown_channel(await write.connection(), service_id, channel_id, response)


@services.delete("/{service_id}/channels/{channel_id}", status_code=204, summary="Remove a channel")
async def delete_channel(service_id: Id, channel_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await ServiceService(write, access).delete_channel(service_id, channel_id, match)


async def _shown(connection: Connection, service_id: int, response: Response) -> Any:
    return tagged(response, await reads.service(connection, service_id), ServiceNotFound(service_id))


async def _shown_channel(connection: Connection, service_id: int, channel_id: int, response: Response) -> Any:
    return tagged(response, await reads.channel(connection, service_id, channel_id), ChannelNotFound(channel_id))
