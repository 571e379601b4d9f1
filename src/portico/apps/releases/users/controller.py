"""The user routes."""

from typing import Any

from fastapi import Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.permissions import Action
from portico.apps.releases.users import reads
from portico.apps.releases.users.schemas import Role, UserIn, UserOut, UserPage, UserPatch
from portico.apps.releases.users.service import UserNotFound, UserService
from portico.identity.public import NewPassword, Once
from portico.kernel.database import Connection
from portico.kernel.errors import PROBLEM_JSON
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

users = router(prefix="/api/v1/users", tags=["users"])

PROBLEM = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
TAKEN: dict[int | str, dict[str, Any]] = {
    400: {"description": "User with this email or username already exists.", "content": {PROBLEM_JSON: PROBLEM}}
}


@users.get("", response_model=UserPage, summary="Users that the caller may see")
async def list_users(
    reading: Reading,
    access: ReadAccess,
    role: Role | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.page(reading, people=access.people, role=role, limit=limit, cursor=cursor)


@users.post("", status_code=201, response_model=UserOut, summary="Add a user", dependencies=[Once], responses=TAKEN)
async def create_user(
    body: UserIn, write: Writing, access: WriteAccess, new_password: NewPassword, response: Response
) -> Any:
    access.require(Action.WRITE_USERS)
    pwd_hash = None if body.password is None else await write.aside(new_password.hash(body.password))
    user_id = await UserService(write, access).create(pwd_hash=pwd_hash, **body.model_dump(exclude={"password"}))
    return await _shown(await write.connection(), user_id, response)


@users.get("/me", response_model=UserOut, summary="The caller's account")
async def me(reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, access.user_id, response)


@users.get("/{user_id}", response_model=UserOut, summary="One user")
async def get_user(user_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    if access.people not in (None, user_id):
        raise UserNotFound(user_id)
    return await _shown(reading, user_id, response)


@users.put("/{user_id}", response_model=UserOut, summary="Change some of a user", responses=TAKEN)
async def change_user(
    user_id: Id,
    body: UserPatch,
    write: Writing,
    access: WriteAccess,
    match: Matching,
    new_password: NewPassword,
    response: Response,
) -> Any:
    service = UserService(write, access)
    values = body.model_dump(exclude_unset=True)
    password = values.pop("password", None)
    if password is not None:
        service.check_may_write(user_id)
        values["pwd_hash"] = await write.aside(new_password.hash(password))
    await service.change(user_id, match, **values)
    return await _shown(await write.connection(), user_id, response)


@users.delete("/{user_id}", status_code=204, summary="Remove a user who has approved nothing")
async def delete_user(user_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await UserService(write, access).delete(user_id, match)


async def _shown(connection: Connection, user_id: int, response: Response) -> Any:
    return tagged(response, await reads.user(connection, user_id), UserNotFound(user_id))
