"""The group routes."""

from typing import Any

from fastapi import Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.groups import reads
from portico.apps.releases.groups.schemas import GroupIn, GroupOut, GroupPatch
from portico.apps.releases.groups.service import GroupNotFound, GroupService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

groups = router(prefix="/api/v1/groups", tags=["groups"])


@groups.get("", response_model=list[GroupOut], summary="All groups, with their members")
async def list_groups(reading: Reading, access: ReadAccess) -> Any:
    return await reads.groups(reading)


@groups.post("", status_code=201, response_model=GroupOut, summary="Add a group", dependencies=[Once])
async def create_group(body: GroupIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    group_id = await GroupService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), group_id, response)


@groups.get("/{group_id}", response_model=GroupOut, summary="One group")
async def get_group(group_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, group_id, response)


@groups.put("/{group_id}", response_model=GroupOut, summary="Change some of a group")
async def change_group(
    group_id: Id, body: GroupPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await GroupService(write, access).change(group_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), group_id, response)


@groups.delete("/{group_id}", status_code=204, summary="Remove a group that no rule and no freeze names")
async def delete_group(group_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await GroupService(write, access).delete(group_id, match)


@groups.put("/{group_id}/members/{user_id}", response_model=GroupOut, summary="Have somebody in a group")
async def add_member(
    group_id: Id, user_id: Id, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await GroupService(write, access).add_member(group_id, user_id, match)
    return await _shown(await write.connection(), group_id, response)


@groups.delete("/{group_id}/members/{user_id}", status_code=204, summary="Take somebody out of a group")
async def remove_member(group_id: Id, user_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await GroupService(write, access).remove_member(group_id, user_id, match)


async def _shown(connection: Connection, group_id: int, response: Response) -> Any:
    return tagged(response, await reads.group(connection, group_id), GroupNotFound(group_id))
