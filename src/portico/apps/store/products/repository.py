"""The write side of products."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select

from portico.apps.store.products.models import Product, ProductCategory
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction


class ProductRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, product_id: int) -> Product | None:
        """The product, locked against other writers until the end of the transaction."""
        query = select(Product).where(Product.id == product_id).with_for_update(key_share=True)
        found: Product | None = await self._transaction.session.scalar(query)
        return found

    async def lock_many(self, product_ids: Iterable[int]) -> Sequence[Product]:
        """These products, locked in id order."""
        query = select(Product).where(Product.id.in_(product_ids)).order_by(Product.id).with_for_update(key_share=True)
        return (await self._transaction.session.scalars(query)).all()

    async def existing(self, product_ids: Iterable[int]) -> set[int]:
        """Those of the ids that products have, kept from deletion until the end of the transaction."""
        connection = await self._transaction.connection()
        sql = """
            SELECT coalesce(array_agg(id), '{}') AS ids
            FROM (SELECT id FROM store.products WHERE id = ANY(%(ids)s) ORDER BY id FOR KEY SHARE) AS kept"""
        row = await fetch_one(connection, sql, {"ids": list(product_ids)}) or {}
        return set(row["ids"])

    async def add(self, product: Product) -> None:
        self._transaction.session.add(product)
        await self._transaction.session.flush()

    async def put_in_categories(self, product_id: int, category_ids: Sequence[int]) -> None:
        """Make these the product's categories, in this order."""
        await self._transaction.session.execute(delete(ProductCategory).where(ProductCategory.product_id == product_id))
        if category_ids:
            rows = [
                {"product_id": product_id, "category_id": category_id, "position": position}
                for position, category_id in enumerate(category_ids)
            ]
            await self._transaction.session.execute(insert(ProductCategory), rows)

    async def delete(self, product: Product) -> None:
        await self._transaction.session.delete(product)
