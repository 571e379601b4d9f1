"""The rules of products."""

from collections.abc import Iterable, Sequence
from typing import Any

from portico.apps.store.cached import product_changed
from portico.apps.store.categories.service import CategoryService
from portico.apps.store.permissions import Access, Action
from portico.apps.store.products.models import Product
from portico.apps.store.products.repository import ProductRepository
from portico.kernel.errors import NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class ProductNotFound(NotFound):
    message = "Product not found"

    def __init__(self, product_id: int) -> None:
        super().__init__(details={"id": str(product_id)})


class ProductService:
    def __init__(self, transaction: Transaction, access: Access) -> None:
        self._transaction = transaction
        self._products = ProductRepository(transaction)
        self._categories = CategoryService(transaction, access)
        self._access = access

    async def create(self, *, categories: Sequence[int], **values: Any) -> int:
        """Add a product and answer its id. Raises `UnknownCategories`."""
        self._access.require(Action.WRITE_CATALOGUE)
        await self._categories.require(categories)
        product = Product(**values)
        await self._products.add(product)
        product_changed(self._transaction, product.id)
        await self._products.put_in_categories(product.id, list(dict.fromkeys(categories)))
        return product.id

    async def change(self, product_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a product's values. Raises `ProductNotFound`, `PreconditionFailed`, `UnknownCategories`."""
        product = await self._editable(product_id, match)
        categories = values.pop("categories", None)
        if categories is not None:
            await self._categories.require(categories)
            await self._products.put_in_categories(product_id, list(dict.fromkeys(categories)))
        product.change(**values)

    async def delete(self, product_id: int, match: IfMatch) -> None:
        """Remove a product, also from all carts. Raises `ProductNotFound`, `PreconditionFailed`."""
        await self._products.delete(await self._editable(product_id, match))

    async def missing(self, product_ids: Iterable[int]) -> list[int]:
        """Those of the ids that no product has; the others stay until the end of the transaction."""
        wanted = set(product_ids)
        return sorted(wanted - await self._products.existing(wanted)) if wanted else []

    async def lock(self, product_id: int) -> Product:
        """The product, locked to be changed until the end of the transaction. Raises `ProductNotFound`."""
        product_changed(self._transaction, product_id)
        product = await self._products.lock(product_id)
        if product is None:
            raise ProductNotFound(product_id)
        return product

    async def lock_many(self, product_ids: Iterable[int]) -> Sequence[Product]:
        """Those of these products that exist, locked in id order to be changed."""
        products = await self._products.lock_many(product_ids)
        for product in products:
            product_changed(self._transaction, product.id)
        return products

    async def _editable(self, product_id: int, match: IfMatch) -> Product:
        self._access.require(Action.WRITE_CATALOGUE)
        product = await self.lock(product_id)
        match.check(product.version)
        return product
