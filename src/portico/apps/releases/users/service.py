"""The rules of users."""

from typing import Any

from portico.apps.releases import audit
from portico.apps.releases.permissions import PIPELINE, VIEWER, Access, Action
from portico.apps.releases.users.models import User
from portico.apps.releases.users.repository import UserRepository
from portico.identity.public import LastAdministrator, accounts
from portico.kernel import event_log, rows
from portico.kernel.errors import Conflict, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.event_log import Actor
from portico.kernel.transaction import Transaction

RIGHTS = {"role", "is_active"}


class UserNotFound(NotFound):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"There is no user {user_id}.")


class NotAPerson(Conflict):
    code = "NOT_A_PERSON"
    message = "This account is a pipeline's, and what is asked is for people."


class UserService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._users = UserRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a user and answer the id. Raises `Duplicate`."""
        self._access.require(Action.WRITE_USERS)
        user = User(**values)
        await _save(self._users, user)
        await self._log("user.created", user.id, username=user.username, role=user.role)
        return user.id

    async def change(self, user_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a user's values.

        Raises `UserNotFound`, `Duplicate`, `Forbidden`, `NotAPerson`, `LastAdministrator`, `PreconditionFailed`.
        """
        user, administrators = await self._editable(user_id, match)
        rights = {name: values[name] for name in RIGHTS & values.keys() if values[name] != getattr(user, name)}
        if rights:
            self._access.require(Action.WRITE_USERS)
            if PIPELINE in (user.role, rights.get("role")) and "role" in rights:
                raise NotAPerson("People and pipelines do not turn into one another: make another account.")
            _check_one_stays(administrators, user_id)
        if "pwd_hash" in values and user.role == PIPELINE:
            raise NotAPerson
        if values:
            user.change(**values)
            await _save(self._users, user)
            changed = sorted("password" if name == "pwd_hash" else name for name in values)
            await self._log("user.changed", user_id, changed=changed, **rights)

    async def delete(self, user_id: int, match: IfMatch) -> None:
        """Remove a user with sessions and keys. Raises as `change` does, and `InUse` where approvals are kept."""
        user, administrators = await self._editable(user_id, match)
        _check_one_stays(administrators, user_id)
        if (by := await self._users.remove(user)) is not None:
            raise rows.InUse("user", by, instead=" Disable it instead.")
        await self._log("user.deleted", user_id)

    async def note_key(self, action: str, user_id: int, **details: Any) -> None:
        """Log that a key of this user was made or revoked. Raises `UserNotFound`; the user stays meanwhile."""
        await keep(self._write, user_id)
        await self._log(action, user_id, **details)

    def check_may_write(self, user_id: int) -> None:
        """Raise `UserNotFound` where this is somebody whom the caller may not see."""
        if not (self._access.may(Action.WRITE_USERS) or self._access.owns(user_id)):
            raise UserNotFound(user_id)

    async def _editable(self, user_id: int, match: IfMatch) -> tuple[User, list[int]]:
        """The user, and the administrators as they are: of two who dismiss each other, the second one is refused."""
        self.check_may_write(user_id)
        administrators = await self._users.lock_administrators() if self._access.may(Action.WRITE_USERS) else []
        user = await self._users.lock(user_id)
        if user is None:
            raise UserNotFound(user_id)
        match.check(user.version)
        return user, administrators

    async def _log(self, action: str, user_id: int, **details: Any) -> None:
        await audit.log(self._write, self._access, action, f"user:{user_id}", **details)


async def register(write: Transaction, *, address: str, **values: Any) -> int:
    """A stranger becomes a viewer. Answers the id. Raises `Duplicate`."""
    user = User(**values, role=VIEWER)
    await _save(UserRepository(write), user)
    await event_log.add(
        write, app="releases", actor=Actor(str(user.id), user.username, address), action="user.registered",
        object=f"user:{user.id}",
    )  # fmt: skip
    return user.id


async def keep(write: Transaction, user_id: int) -> None:
    """Have this user stay until the end of the transaction. Raises `UserNotFound`."""
    if await UserRepository(write).keep(user_id) is None:
        raise UserNotFound(user_id)


async def keep_person(write: Transaction, user_id: int) -> None:
    """As `keep`, for somebody who signs in. Raises also `NotAPerson`."""
    role = await UserRepository(write).keep(user_id)
    if role is None:
        raise UserNotFound(user_id)
    if role == PIPELINE:
        raise NotAPerson


def _check_one_stays(administrators: list[int], user_id: int) -> None:
    if administrators == [user_id]:
        raise LastAdministrator


async def _save(users: UserRepository, user: User) -> None:
    taken = await users.save(user)
    if taken is not None:
        raise accounts.Duplicate(taken)
