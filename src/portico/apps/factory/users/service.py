"""The rules of users. One manages accounts of lower roles, and of the own one a little."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from portico.apps.factory import audit
from portico.apps.factory.auth import service as auth
from portico.apps.factory.permissions import COMPANY_ADMIN, Access, Action
from portico.apps.factory.users.models import User
from portico.apps.factory.users.repository import UserRepository
from portico.identity.public import LastAdministrator
from portico.kernel import rows
from portico.kernel.errors import Forbidden, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

OF_ONES_OWN = {"full_name", "pwd_hash", "pin_hash"}
SECRETS = {"pwd_hash": "password", "pin_hash": "pin"}


class UserNotFound(NotFound):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"There is no user {user_id}.")


class UserService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._users = UserRepository(write)

    def check_may_write(self, user_id: int) -> None:
        """Raise `Forbidden` for who may write nobody of this id, before anything is hashed for them.

        At a workstation, where a badge and six digits are enough, one does not write oneself either.
        """
        is_self = self._access.owns(user_id) and self._access.workstation_id is None
        if not is_self:
            self._access.require(Action.CONFIGURE)

    async def create(self, **values: Any) -> int:
        """Add a user and answer the id. Raises `Forbidden`, `NameTaken`."""
        self._access.require(Action.CONFIGURE)
        self._check_rank(values["role"])
        user = User(username=values["email"], **values)
        await self._save(user)
        await self._log("user.created", user.id, email=user.email, role=user.role)
        return user.id

    async def change(self, user_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a user's values. A new password signs the user out everywhere, a new PIN at the workstations.

        Raises `UserNotFound`, `Forbidden`, `NameTaken`, `LastAdministrator`, `PreconditionFailed`.
        """
        user, administrators = await self._editable(user_id, match)
        self._check_change(user, values)
        if _stops_administrating(user, values):
            _check_another_stays(administrators, user_id)
        if values:
            mail = {"username": values["email"]} if "email" in values else {}
            user.change(**values, **mail)
            await self._save(user)
            if "pin_hash" in values:
                await auth.end_at_stations(self._write, user_id, self._now)
            rights = {name: values[name] for name in ("role", "is_active") if name in values}
            changed = sorted(SECRETS.get(name, name) for name in values)
            await self._log("user.changed", user_id, changed=changed, **rights)

    async def renew_badge(self, user_id: int, match: IfMatch) -> None:
        """Give a user another badge: the old one opens nothing any more. Raises as `change` does."""
        user, _ = await self._editable(user_id, match)
        user.change(guid=uuid4())
        await self._save(user)
        await auth.end_at_stations(self._write, user_id, self._now)
        await self._log("user.badge_renewed", user_id)

    async def delete(self, user_id: int, match: IfMatch) -> None:
        """Remove a user, who can be restored, and end the sessions. Raises as `change` does."""
        self._access.require(Action.DELETE)
        user, administrators = await self._editable(user_id, match)
        self._check_rank(user.role)
        _check_another_stays(administrators, user_id)
        user.change(deleted_at=self._now)
        await self._save(user)
        await auth.end_user(self._write, user_id, self._now)
        await self._log("user.deleted", user_id)

    async def restore(self, user_id: int) -> None:
        """Bring a removed user back, who then signs in anew. One who is there stays so.

        Raises `UserNotFound`, `Forbidden`.
        """
        self._access.require(Action.DELETE)
        user = await self._users.lock(user_id)
        if user is None:
            raise UserNotFound(user_id)
        self._check_rank(user.role)
        if user.deleted_at is not None:
            user.change(deleted_at=None)
            await self._save(user)
            await auth.end_user(self._write, user_id, self._now)
            await self._log("user.restored", user_id)

    async def _editable(self, user_id: int, match: IfMatch) -> tuple[User, list[int]]:
        """The user, and the administrators as they are: of two who are dismissed at once, the second one stays.

        Who manages no administrators locks none.
        """
        self.check_may_write(user_id)
        administrators = await self._users.lock_administrators() if self._access.outranks(COMPANY_ADMIN) else []
        user = await self._users.lock(user_id)
        if user is None or user.deleted_at is not None:
            raise UserNotFound(user_id)
        if not self._access.owns(user_id):
            self._check_rank(user.role)
        match.check(user.version)
        return user, administrators

    def _check_change(self, user: User, values: dict[str, Any]) -> None:
        is_own = self._access.owns(user.id)
        if is_own and any(values[name] != getattr(user, name) for name in values.keys() - OF_ONES_OWN):
            raise Forbidden("Somebody else has to change your address and your rights.")
        if not is_own and "role" in values:
            self._check_rank(values["role"])

    def _check_rank(self, role: str) -> None:
        if not self._access.outranks(role):
            raise Forbidden("One manages accounts of lower roles than one's own.")

    async def _save(self, user: User) -> None:
        email = user.email  # afterwards, where it was not written, it is not there
        if not await self._users.save(user):
            raise rows.NameTaken("user", email)

    async def _log(self, action: str, user_id: int, **details: Any) -> None:
        await audit.log(self._write, self._access, action, f"user:{user_id}", **details)


async def integration(write: Transaction) -> int:
    """The id of the user that the company's programs act for."""
    return await UserRepository(write).integration()


def _check_another_stays(administrators: list[int], user_id: int) -> None:
    if administrators == [user_id]:
        raise LastAdministrator


def _stops_administrating(user: User, values: dict[str, Any]) -> bool:
    is_one = user.role == COMPANY_ADMIN and user.is_active
    return is_one and (values.get("role", COMPANY_ADMIN) != COMPANY_ADMIN or values.get("is_active") is False)
