"""The write side of users."""

from functools import partial
from uuid import UUID

from sqlalchemy import select

from portico.apps.audit.permissions import ADMIN
from portico.apps.audit.users.models import User
from portico.apps.audit.users.realm import realm
from portico.identity.public import accounts
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class UserRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, guid: UUID) -> User | None:
        """The user, locked against other writers until the end of the transaction."""
        query = select(User).where(User.guid == guid).with_for_update(key_share=True)
        found: User | None = await self._write.session.scalar(query)
        return found

    async def lock_own(self, user_id: int) -> User:
        """The same for somebody who is there: the caller."""
        return await self._write.session.get_one(User, user_id, with_for_update={"key_share": True})

    async def keep(self, guid: UUID) -> int | None:
        """The number of an active user, who then stays until the end of the transaction."""
        query = select(User.id).where(User.guid == guid, User.is_active).with_for_update(read=True)
        found: int | None = await self._write.session.scalar(query)
        return found

    async def lock_administrators(self) -> list[int]:
        """The active administrators. They stay such until the end of the transaction."""
        query = select(User.id).where(User.role == ADMIN, User.is_active).order_by(User.id).with_for_update()
        return list(await self._write.session.scalars(query))

    async def save(self, user: User) -> bool:
        """Write the user; False where another one has the e-mail address."""
        return await accounts.save(self._write, realm, user) is None

    async def remove(self, user: User) -> str | None:
        """Remove the user with the sessions; where others refer to the user, answer what they are."""
        return await rows.removed(self._write, partial(accounts.delete, self._write, realm, user))
