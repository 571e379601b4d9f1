"""The write side of users."""

from sqlalchemy import select

from portico.apps.items.users.models import User
from portico.apps.items.users.realm import realm
from portico.identity.public import accounts
from portico.kernel.transaction import Transaction


class UserRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, user_id: int) -> User | None:
        """The user, locked against other writers until the end of the transaction."""
        query = select(User).where(User.id == user_id).with_for_update(key_share=True)
        found: User | None = await self._transaction.session.scalar(query)
        return found

    async def keep(self, user_id: int) -> bool:
        """Whether there is such a user, who then stays until the end of the transaction."""
        query = select(User.id).where(User.id == user_id).with_for_update(read=True, key_share=True)
        return await self._transaction.session.scalar(query) is not None

    async def save(self, user: User) -> str | None:
        """Write the user. Where another one has the same, answer which: `username` or `email`."""
        return await accounts.save(self._transaction, realm, user)

    async def delete(self, user: User) -> None:
        await accounts.delete(self._transaction, realm, user)
