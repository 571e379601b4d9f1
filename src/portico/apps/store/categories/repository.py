"""The write side of categories."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portico.apps.store.categories.models import Category
from portico.kernel.transaction import Transaction


class CategoryRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, category_id: int) -> Category | None:
        query = select(Category).where(Category.id == category_id).with_for_update(key_share=True)
        found: Category | None = await self._transaction.session.scalar(query)
        return found

    async def existing(self, category_ids: Iterable[int]) -> set[int]:
        """Those of the ids that exist, kept from deletion until the end of the transaction."""
        query = select(Category.id).where(Category.id.in_(category_ids)).order_by(Category.id)
        return set(await self._transaction.session.scalars(query.with_for_update(read=True, key_share=True)))

    async def save(self, category: Category) -> bool:
        """Write the category; False where another one has its name."""
        try:
            async with self._transaction.session.begin_nested():
                self._transaction.session.add(category)
        except IntegrityError:
            return False
        return True

    async def delete(self, category: Category) -> None:
        await self._transaction.session.delete(category)
