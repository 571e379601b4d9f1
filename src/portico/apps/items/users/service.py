"""The rules of users."""

from typing import Any

from portico.apps.items.permissions import Access, Action
from portico.apps.items.users.models import User
from portico.apps.items.users.repository import UserRepository
from portico.identity.public import accounts
from portico.kernel.errors import NotFound, Unauthorized
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class UserNotFound(NotFound):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"User with ID {user_id} not found")


class UserService:
    def __init__(self, transaction: Transaction, access: Access) -> None:
        self._users = UserRepository(transaction)
        self._access = access

    async def create(self, **values: Any) -> int:
        """Add a user and answer the id. Raises `Duplicate`."""
        self._access.require(Action.WRITE_USERS)
        user = User(**values)
        await self._save(user)
        return user.id

    async def change(self, user_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a user's values. Raises `UserNotFound`, `Duplicate`, `Forbidden`, `PreconditionFailed`."""
        user = await self._editable(user_id, match)
        if values.get("is_active", user.is_active) != user.is_active:
            self._access.require(Action.DISABLE_USERS)
        if values:
            user.change(**values)
            await self._save(user)

    async def delete(self, user_id: int, match: IfMatch) -> None:
        """Remove a user and the sessions; the items stay, and are nobody's. Raises as `change` does."""
        await self._users.delete(await self._editable(user_id, match))

    def check_may_write(self, user_id: int) -> None:
        """Raise `Unauthorized` where nobody has signed in, `UserNotFound` where this is somebody else."""
        if self._access.may(Action.WRITE_USERS) or self._access.owns(user_id):
            return
        if self._access.caller is None:
            raise Unauthorized
        raise UserNotFound(user_id)  # whom the caller may not see

    async def _save(self, user: User) -> None:
        taken = await self._users.save(user)
        if taken is not None:
            raise accounts.Duplicate(taken)

    async def _editable(self, user_id: int, match: IfMatch) -> User:
        self.check_may_write(user_id)
        user = await self._users.lock(user_id)
        if user is None:
            raise UserNotFound(user_id)
        match.check(user.version)
        return user


async def keep(transaction: Transaction, user_id: int) -> bool:
    """Whether there is such a user, who then stays until the end of the transaction: for jobs, which have no caller."""
    return await UserRepository(transaction).keep(user_id)
