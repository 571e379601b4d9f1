"""The write side of ratings."""

from collections.abc import Sequence

from sqlalchemy import select

from portico.apps.store.ratings.models import Rating
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction


class RatingRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def keep_user(self, user_id: int) -> bool:
        """Whether there still is such a user, who then stays until the end of the transaction."""
        connection = await self._transaction.connection()
        sql = "SELECT id FROM store.users WHERE id = %(id)s FOR KEY SHARE"
        return await fetch_one(connection, sql, {"id": user_id}) is not None

    async def find(self, product_id: int, user_id: int) -> Rating | None:
        return await self._transaction.session.get(Rating, (product_id, user_id))

    async def of_user(self, user_id: int) -> Sequence[Rating]:
        return (await self._transaction.session.scalars(select(Rating).where(Rating.user_id == user_id))).all()

    def add(self, rating: Rating) -> None:
        self._transaction.session.add(rating)

    async def delete(self, rating: Rating) -> None:
        await self._transaction.session.delete(rating)
