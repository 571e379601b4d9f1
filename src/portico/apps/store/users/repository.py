"""The write side of users."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portico.apps.store.users.models import User
from portico.kernel.transaction import Transaction


class UserRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, user_id: int) -> User | None:
        query = select(User).where(User.id == user_id).with_for_update(key_share=True)
        found: User | None = await self._transaction.session.scalar(query)
        return found

    async def exists(self, user_id: int) -> bool:
        return await self._transaction.session.scalar(select(User.id).where(User.id == user_id)) is not None

    async def save(self, user: User) -> str | None:
        """Write the user. Where another one has the same, answer which: `username` or `email`."""
        try:
            async with self._transaction.session.begin_nested():
                self._transaction.session.add(user)
        except IntegrityError as error:
            return "email" if "users_email_key" in str(error.orig) else "username"
        return None

    async def delete(self, user: User) -> None:
        await self._transaction.session.delete(user)
