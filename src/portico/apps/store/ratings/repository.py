"""The write side of ratings."""

from collections.abc import Sequence

from sqlalchemy import select

from portico.apps.store.ratings.models import Rating
from portico.kernel.transaction import Transaction


class RatingRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def find(self, product_id: int, user_id: int) -> Rating | None:
        return await self._transaction.session.get(Rating, (product_id, user_id))

    async def of_user(self, user_id: int) -> Sequence[Rating]:
        return (await self._transaction.session.scalars(select(Rating).where(Rating.user_id == user_id))).all()

    def add(self, rating: Rating) -> None:
        self._transaction.session.add(rating)

    async def delete(self, rating: Rating) -> None:
        await self._transaction.session.delete(rating)
