"""The user routes."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Response

from portico.apps.store.access import ReadAccess, WriteAccess
from portico.apps.store.permissions import Action
from portico.apps.store.users import reads
from portico.apps.store.users.schemas import UserIn, UserOut, UserPatch, UserReplacement
from portico.apps.store.users.service import UserNotFound, UserService
from portico.identity.public import NewPassword, Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.paging import Slice
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

users = router(prefix="/api/users", tags=["users"])


@users.get("", response_model=list[UserOut], summary="Users that the caller may see")
async def list_users(reading: Reading, access: ReadAccess, part: Slice, response: Response) -> Any:
    rows = await reads.users(reading, people=access.people, limit=part.limit, after=part.after)
    part.link(rows, response)
    return rows


@users.post("", status_code=201, response_model=UserOut, summary="Add a user", dependencies=[Once])
async def create_user(
    body: UserIn, write: Writing, access: WriteAccess, new_password: NewPassword, response: Response
) -> Any:
    access.require(Action.WRITE_USERS)
    pwd_hash = await write.aside(new_password.hash(body.password))
    service = UserService(write, access)
    user_id = await service.create(addresses=body.address_rows(), pwd_hash=pwd_hash, **body.columns())
    return await _shown(await write.connection(), user_id, response)


@users.get("/{user_id}", response_model=UserOut, summary="One user")
async def get_user(user_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    if access.people not in (None, user_id):
        raise UserNotFound(user_id)
    return await _shown(reading, user_id, response)


@dataclass(frozen=True)
class Editing:
    """What PUT and PATCH of a user share."""

    write: Writing
    match: Matching
    new_password: NewPassword
    users: UserService

    async def apply(self, user_id: int, *, password: str, **values: Any) -> Connection:
        """Change the user, and answer a connection that sees it."""
        if password:
            self.users.check_password_change(user_id)
            values["pwd_hash"] = await self.write.aside(self.new_password.hash(password))
        await self.users.change(user_id, self.match, **values)
        return await self.write.connection()


async def _editing(write: Writing, access: WriteAccess, match: Matching, new_password: NewPassword) -> Editing:
    return Editing(write, match, new_password, UserService(write, access))


Edit = Annotated[Editing, Depends(_editing)]


@users.put("/{user_id}", response_model=UserOut, summary="Replace a user")
async def replace_user(user_id: Id, body: UserReplacement, edit: Edit, response: Response) -> Any:
    addresses = body.address_rows() or []
    connection = await edit.apply(user_id, password=body.password, addresses=addresses, **body.columns())
    return await _shown(connection, user_id, response)


@users.patch("/{user_id}", response_model=UserOut, summary="Change some of a user")
async def change_user(user_id: Id, body: UserPatch, edit: Edit, response: Response) -> Any:
    addresses = body.address_rows()
    values = body.columns(only_set=True)
    connection = await edit.apply(user_id, password=body.password, addresses=addresses, **values)
    return await _shown(connection, user_id, response)


@users.delete("/{user_id}", status_code=204, summary="Remove a user with sessions, addresses, carts and ratings")
async def delete_user(user_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await UserService(write, access).delete(user_id, match)


async def _shown(connection: Connection, user_id: int, response: Response) -> Any:
    return tagged(response, await reads.user(connection, user_id), UserNotFound(user_id))
