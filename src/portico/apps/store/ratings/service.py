"""The rules of ratings.

The product's row is locked first, so that its sum and count stay those of its ratings; before it the user's, since a
user who goes takes the ratings off every product.
"""

from decimal import Decimal

from portico.apps.store.permissions import Access, CallerGone
from portico.apps.store.products.service import ProductService
from portico.apps.store.ratings.models import Rating
from portico.apps.store.ratings.repository import RatingRepository
from portico.kernel.transaction import Transaction


class RatingService:
    def __init__(self, transaction: Transaction, access: Access) -> None:
        self._ratings = RatingRepository(transaction)
        self._products = ProductService(transaction, access)
        self._access = access

    async def rate(self, product_id: int, value: Decimal) -> None:
        """Set or change the caller's rating. Raises `ProductNotFound`."""
        user_id = await self._caller()
        product = await self._products.lock(product_id)
        rating = await self._ratings.find(product_id, user_id)
        product.rate(value, before=rating.value if rating else None)
        if rating is None:
            self._ratings.add(Rating(product_id=product_id, user_id=user_id, value=value))
        else:
            rating.value = value

    async def take_back(self, product_id: int) -> None:
        """Remove the caller's rating; without one, nothing happens. Raises `ProductNotFound`."""
        user_id = await self._caller()
        product = await self._products.lock(product_id)
        rating = await self._ratings.find(product_id, user_id)
        if rating is not None:
            product.rate(None, before=rating.value)
            await self._ratings.delete(rating)

    async def forget(self, user_id: int) -> None:
        """Remove all ratings of a user who is about to go, and whose row is locked to be deleted."""
        ratings = {rating.product_id: rating for rating in await self._ratings.of_user(user_id)}
        for product in await self._products.lock_many(ratings):
            product.rate(None, before=ratings[product.id].value)
            await self._ratings.delete(ratings[product.id])

    async def _caller(self) -> int:
        """The caller, kept from deletion until the end of the transaction."""
        user_id = self._access.user_id
        if not await self._ratings.keep_user(user_id):
            raise CallerGone
        return user_id
