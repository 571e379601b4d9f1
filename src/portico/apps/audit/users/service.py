"""The rules of users."""

from typing import Any
from uuid import UUID

from portico.apps.audit.log import log
from portico.apps.audit.permissions import ADMIN, Access, Action
from portico.apps.audit.users import reads
from portico.apps.audit.users.models import User
from portico.apps.audit.users.repository import UserRepository
from portico.identity.public import LastAdministrator
from portico.kernel import event_log, rows
from portico.kernel.errors import Conflict, Forbidden, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.event_log import Actor
from portico.kernel.transaction import Transaction


class UserNotFound(NotFound):
    def __init__(self, guid: UUID) -> None:
        super().__init__(f"There is no user {guid}.")


class EmailTaken(Conflict):
    code = "EMAIL_TAKEN"
    message = "There is another user with this e-mail address."


class NotAnAdministrator(Forbidden):
    """Engagement leads manage everybody but those who are above them."""

    message = "Only an administrator makes administrators, changes them, or dismisses them."


class UserService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._users = UserRepository(write)

    async def create(self, *, email: str, pwd_hash: str, **values: Any) -> UUID:
        """Add a user and answer the id. Raises `EmailTaken`, `NotAnAdministrator`."""
        self._access.require(Action.CONFIGURE)
        self._check_may_touch(values["role"])
        user = await _add(self._users, email=email, pwd_hash=pwd_hash, **values)
        await self._log("user.created", user, email=email, role=user.role)
        return user.guid

    async def change(self, guid: UUID, match: IfMatch, **values: Any) -> None:
        """Set these of a user's values. Who is disabled is signed out.

        Raises `UserNotFound`, `NotAnAdministrator`, `LastAdministrator`, `PreconditionFailed`.
        """
        user, administrators = await self._editable(guid, match)
        self._check_may_touch(values.get("role", user.role))
        changed = {name: value for name, value in values.items() if value != getattr(user, name)}
        if {"role", "is_active"} & changed.keys() and administrators == [user.id]:
            raise LastAdministrator
        if changed:
            user.change(**changed)
            await self._users.save(user)
            await self._log("user.changed", user, **changed)

    async def delete(self, guid: UUID, match: IfMatch) -> None:
        """Remove a user on whom nothing rests. Raises as `change` does, and `InUse`."""
        user, administrators = await self._editable(guid, match)
        if administrators == [user.id]:
            raise LastAdministrator
        by = await self._users.remove(user)
        if by is None and await reads.has_worked(await self._write.connection(), user.id, guid):
            by = "events"
        if by is not None:
            raise rows.InUse("user", by, instead=" Disable it instead.")
        await self._log("user.deleted", user, email=user.email)

    async def _editable(self, guid: UUID, match: IfMatch) -> tuple[User, list[int]]:
        """The user, and the administrators as they are: of two who dismiss each other, the second one is refused."""
        self._access.require(Action.CONFIGURE)
        administrators = await self._users.lock_administrators()
        user = await self._users.lock(guid)
        if user is None:
            raise UserNotFound(guid)
        self._check_may_touch(user.role)
        match.check(user.version)
        return user, administrators

    def _check_may_touch(self, role: str) -> None:
        if role == ADMIN and not self._access.may(Action.MANAGE_ADMINISTRATORS):
            raise NotAnAdministrator

    async def _log(self, action: str, user: User, **details: Any) -> None:
        await log(self._write, self._access, action, f"user:{user.guid}", **details)


async def sign_up(write: Transaction, *, address: str, **values: Any) -> UUID:
    """A stranger becomes one of the staff, who may nothing yet. Answers the id. Raises `EmailTaken`."""
    user = await _add(UserRepository(write), role="staff", **values)
    await event_log.add(
        write, app="audit", actor=Actor(str(user.id), user.username, address), action="user.signed_up",
        object=f"user:{user.guid}",
    )  # fmt: skip
    return user.guid


async def set_own_password(write: Transaction, access: Access, pwd_hash: str) -> None:
    """The caller's, who has proved the one before. Every session ends with it."""
    users = UserRepository(write)
    user = await users.lock_own(access.user_id)
    user.change(pwd_hash=pwd_hash)
    await users.save(user)
    await log(write, access, "user.password_changed", f"user:{user.guid}")


async def keep(write: Transaction, guid: UUID) -> int:
    """The number of an active user, who stays such until the end of the transaction. Raises `UserNotFound`."""
    user_id = await UserRepository(write).keep(guid)
    if user_id is None:
        raise UserNotFound(guid)
    return user_id


async def _add(users: UserRepository, *, email: str, **values: Any) -> User:
    user = User(email=email, username=email, **values)
    if not await users.save(user):
        raise EmailTaken(details={"email": email})
    return user
