"""The rules of users."""

from typing import Any

from portico.apps.store.addresses.service import AddressRows, AddressService
from portico.apps.store.permissions import Access, Action
from portico.apps.store.ratings.service import RatingService
from portico.apps.store.users.models import User
from portico.apps.store.users.repository import UserRepository
from portico.kernel.errors import Forbidden, InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class UserNotFound(NotFound):
    message = "User not found"

    def __init__(self, user_id: int) -> None:
        super().__init__(details={"id": str(user_id)})


class Taken(InvalidInput):
    """Another user has this username or e-mail address."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"{field.capitalize()} already exists", details={field: value})


class UserService:
    def __init__(self, transaction: Transaction, access: Access) -> None:
        self._users = UserRepository(transaction)
        self._addresses = AddressService(transaction)
        self._ratings = RatingService(transaction, access)
        self._access = access

    async def register(self, **values: Any) -> int:
        """Add a user who comes by registration, and answer the id. Raises `Taken`."""
        user = User(**values)
        await self._save(user)
        return user.id

    async def create(self, *, addresses: AddressRows | None, **values: Any) -> int:
        """Add a user and answer the id. Raises `Taken`."""
        self._access.require(Action.WRITE_USERS)
        user_id = await self.register(**values)
        await self._addresses.replace_all(user_id, addresses or [])
        return user_id

    async def change(self, user_id: int, match: IfMatch, *, addresses: AddressRows | None, **values: Any) -> None:
        """Set these of a user's values; addresses only where given. Raises `UserNotFound`, `Taken`, `Forbidden`."""
        user = await self._editable(user_id, match)
        if "pwd_hash" in values:
            self.check_password_change(user_id)
        user.change(**values)
        await self._save(user)
        if addresses is not None:
            await self._addresses.replace_all(user_id, addresses)

    async def delete(self, user_id: int, match: IfMatch) -> None:
        """Remove a user with sessions, addresses, carts and ratings. Raises `UserNotFound`, `PreconditionFailed`."""
        user = await self._editable(user_id, match, to_delete=True)
        await self._ratings.forget(user_id)
        await self._users.delete(user)

    async def keep(self, user_id: int) -> bool:
        """Whether there is such a user, who then stays until the end of the transaction."""
        return await self._users.keep(user_id)

    def check_password_change(self, user_id: int) -> None:
        """Raise `Forbidden` unless the password is the caller's own or the caller is staff."""
        if not self._access.owns(user_id):
            self._access.require(Action.SET_PASSWORDS)

    async def _save(self, user: User) -> None:
        values = {"username": user.username, "email": user.email}
        taken = await self._users.save(user)
        if taken is not None:
            raise Taken(taken, values[taken])

    async def _editable(self, user_id: int, match: IfMatch, *, to_delete: bool = False) -> User:
        if not self._access.may(Action.WRITE_USERS):
            raise Forbidden if self._access.owns(user_id) else UserNotFound(user_id)
        user = await self._users.lock(user_id, to_delete=to_delete)
        if user is None:
            raise UserNotFound(user_id)
        match.check(user.version)
        return user
