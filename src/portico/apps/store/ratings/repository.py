"""The write side of ratings."""

from collections.abc import Sequence

from sqlalchemy import select

from portico.apps.store.ratings.models import Rating
from portico.kernel.database import Session


class RatingRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, product_id: int, user_id: int) -> Rating | None:
        return await self._session.get(Rating, (product_id, user_id))

    async def of_user(self, user_id: int) -> Sequence[Rating]:
        return (await self._session.scalars(select(Rating).where(Rating.user_id == user_id))).all()

    def add(self, rating: Rating) -> None:
        self._session.add(rating)

    async def delete(self, rating: Rating) -> None:
        await self._session.delete(rating)
