"""The write side of users."""

from functools import partial

from sqlalchemy import select

from portico.apps.releases.users.models import User
from portico.apps.releases.users.realm import realm
from portico.identity.public import accounts
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class UserRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, user_id: int) -> User | None:
        """The user, locked against other writers until the end of the transaction."""
        query = select(User).where(User.id == user_id).with_for_update(key_share=True)
        found: User | None = await self._write.session.scalar(query)
        return found

    async def keep(self, user_id: int) -> str | None:
        """The role of a user, who then stays until the end of the transaction; None where there is none."""
        query = select(User.role).where(User.id == user_id).with_for_update(read=True, key_share=True)
        role: str | None = await self._write.session.scalar(query)
        return role

    async def lock_administrators(self) -> list[int]:
        """The active administrators. They stay such until the end of the transaction."""
        query = select(User.id).where(User.role == "admin", User.is_active).order_by(User.id).with_for_update()
        return list(await self._write.session.scalars(query))

    async def save(self, user: User) -> str | None:
        """Write the user. Where another one has the same, answer which: `username` or `email`."""
        return await accounts.save(self._write, realm, user)

    async def remove(self, user: User) -> str | None:
        """Remove the user, with sessions and keys; where others refer to the user, answer what they are."""
        return await rows.removed(self._write, partial(accounts.delete, self._write, realm, user))
