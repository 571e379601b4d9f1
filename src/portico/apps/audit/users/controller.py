"""The user routes. Users are known by their GUIDs."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.permissions import Action
from portico.apps.audit.users import reads
from portico.apps.audit.users.schemas import FirmRole, UserIn, UserOut, UserPage, UserPatch
from portico.apps.audit.users.service import UserNotFound, UserService
from portico.identity.public import NewPassword, Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

users = router(prefix="/api/v1/users", tags=["users"])


@users.get("", response_model=UserPage, summary="The users of the firm and of its clients")
async def list_users(
    access: ReadAccess,
    reading: Reading,
    role: FirmRole | None = None,
    q: Annotated[str | None, Query(max_length=100, description="Part of a name or an e-mail address.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    access.require(Action.CONFIGURE)
    return await reads.users(reading, role=role, q=q, limit=limit, cursor=cursor)


@users.post("", status_code=201, response_model=UserOut, summary="Add a user", dependencies=[Once])
async def create_user(
    body: UserIn, write: Writing, access: WriteAccess, new_password: NewPassword, response: Response
) -> Any:
    access.require(Action.CONFIGURE)
    pwd_hash = await write.aside(new_password.hash(body.password))
    guid = await UserService(write, access).create(pwd_hash=pwd_hash, **body.model_dump(exclude={"password"}))
    return await _shown(await write.connection(), guid, response)


@users.get("/{user_id}", response_model=UserOut, summary="One user")
async def get_user(user_id: UUID, access: ReadAccess, reading: Reading, response: Response) -> Any:
    access.require(Action.CONFIGURE)
    return await _shown(reading, user_id, response)


@users.patch("/{user_id}", response_model=UserOut, summary="Change some of a user")
async def change_user(
    user_id: UUID, body: UserPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await UserService(write, access).change(user_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), user_id, response)


@users.delete("/{user_id}", status_code=204, summary="Remove a user on whom nothing rests")
async def delete_user(user_id: UUID, write: Writing, access: WriteAccess, match: Matching) -> None:
    await UserService(write, access).delete(user_id, match)


async def _shown(connection: Connection, guid: UUID, response: Response) -> Any:
    return tagged(response, await reads.user_of(connection, guid), UserNotFound(guid))
