"""The user routes."""

from typing import Annotated, Any

from fastapi import Query, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.permissions import Action
from portico.apps.factory.users import reads
from portico.apps.factory.users.schemas import Given, PinIn, UserIn, UserOut, UserPage, UserPatch
from portico.apps.factory.users.service import UserNotFound, UserService
from portico.identity.public import NewPassword, Once, hasher
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

users = router(prefix="/api/v1/users", tags=["users"])

Deleted = Annotated[bool, Query(description="Those who were removed, in place of the others.")]


@users.get("", response_model=UserPage, summary="The company's people, the newest first")
async def list_users(
    reading: Reading,
    access: ReadAccess,
    role: Given | None = None,
    deleted: Deleted = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    access.require(Action.CONFIGURE)
    return await reads.page(reading, role=role, deleted=deleted, limit=limit, cursor=cursor)


@users.post("", status_code=201, response_model=UserOut, summary="Add a user of a lower role", dependencies=[Once])
async def create_user(
    body: UserIn, write: Writing, access: WriteAccess, now: Now, new_password: NewPassword, response: Response
) -> Any:
    access.require(Action.CONFIGURE)
    pwd_hash = None if body.password is None else await write.aside(new_password.hash(body.password))
    pin_hash = None if body.pin is None else await write.aside(hasher().hash(body.pin))
    values = body.model_dump(exclude={"password", "pin"})
    user_id = await UserService(write, access, now).create(**values, pwd_hash=pwd_hash, pin_hash=pin_hash)
    return await _shown(await write.connection(), user_id, response)


@users.get("/{user_id}", response_model=UserOut, summary="One user")
async def get_user(user_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    if not access.owns(user_id):
        access.require(Action.CONFIGURE)
    return await _shown(reading, user_id, response)


@users.put("/{user_id}", response_model=UserOut, summary="Change some of a user")
async def change_user(
    user_id: Id,
    body: UserPatch,
    write: Writing,
    access: WriteAccess,
    match: Matching,
    now: Now,
    new_password: NewPassword,
    response: Response,
) -> Any:
    service = UserService(write, access, now)
    values = body.model_dump(exclude_unset=True)
    password = values.pop("password", None)
    if password is not None:
        service.check_may_write(user_id)
        values["pwd_hash"] = await write.aside(new_password.hash(password))
    await service.change(user_id, match, **values)
    return await _shown(await write.connection(), user_id, response)


@users.put("/{user_id}/pin", response_model=UserOut, summary="Set the PIN that goes with a user's badge")
async def set_pin(
    user_id: Id, body: PinIn, write: Writing, access: WriteAccess, match: Matching, now: Now, response: Response
) -> Any:
    service = UserService(write, access, now)
    service.check_may_write(user_id)
    await service.change(user_id, match, pin_hash=await write.aside(hasher().hash(body.pin)))
    return await _shown(await write.connection(), user_id, response)


@users.post("/{user_id}/badge", response_model=UserOut, summary="Give a user a new badge", dependencies=[Once])
async def renew_badge(
    user_id: Id, write: Writing, access: WriteAccess, match: Matching, now: Now, response: Response
) -> Any:
    await UserService(write, access, now).renew_badge(user_id, match)
    return await _shown(await write.connection(), user_id, response)


@users.delete("/{user_id}", status_code=204, summary="Remove a user, who can be restored")
async def delete_user(user_id: Id, write: Writing, access: WriteAccess, match: Matching, now: Now) -> None:
    await UserService(write, access, now).delete(user_id, match)


@users.post("/{user_id}/restore", response_model=UserOut, summary="Bring a removed user back", dependencies=[Once])
async def restore_user(user_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    await UserService(write, access, now).restore(user_id)
    return await _shown(await write.connection(), user_id, response)


async def _shown(connection: Connection, user_id: int, response: Response) -> Any:
    return tagged(response, await reads.user(connection, user_id), UserNotFound(user_id))
