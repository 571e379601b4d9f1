"""The rules of categories."""

from collections.abc import Iterable

from portico.apps.store.cached import catalogue_changed
from portico.apps.store.categories.models import Category
from portico.apps.store.categories.repository import CategoryRepository
from portico.apps.store.permissions import Access, Action
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class CategoryNotFound(NotFound):
    message = "Category not found"

    def __init__(self, category_id: int) -> None:
        super().__init__(details={"id": str(category_id)})


class NameTaken(Conflict):
    message = "Category name already exists"


class UnknownCategories(InvalidInput):
    message = "Some category IDs do not exist"

    def __init__(self, missing: list[int]) -> None:
        super().__init__(details={"missing": missing})


class CategoryService:
    def __init__(self, transaction: Transaction, access: Access) -> None:
        self._transaction = transaction
        self._categories = CategoryRepository(transaction)
        self._access = access

    async def create(self, name: str) -> int:
        """Add a category and answer its id. Raises `NameTaken`."""
        self._access.require(Action.WRITE_CATALOGUE)
        catalogue_changed(self._transaction)  # lists by this name were empty
        category = Category(name=name)
        await self._save(category)
        return category.id

    async def rename(self, category_id: int, match: IfMatch, name: str | None) -> None:
        """Rename a category; None leaves the name. Raises `CategoryNotFound`, `PreconditionFailed`, `NameTaken`."""
        category = await self._editable(category_id, match)
        if name is not None:
            category.rename(name)
            await self._save(category)

    async def delete(self, category_id: int, match: IfMatch) -> None:
        """Remove a category; its products stay, without it. Raises `CategoryNotFound`, `PreconditionFailed`."""
        await self._categories.delete(await self._editable(category_id, match))

    async def require(self, category_ids: Iterable[int]) -> None:
        """Raise `UnknownCategories` unless every one of them exists; they stay until the end of the transaction."""
        wanted = set(category_ids)
        missing = sorted(wanted - await self._categories.existing(wanted)) if wanted else []
        if missing:
            raise UnknownCategories(missing)

    async def _save(self, category: Category) -> None:
        name = category.name
        if not await self._categories.save(category):
            raise NameTaken(details={"name": name})

    async def _editable(self, category_id: int, match: IfMatch) -> Category:
        self._access.require(Action.WRITE_CATALOGUE)
        category = await self._categories.lock(category_id)
        if category is None:
            raise CategoryNotFound(category_id)
        match.check(category.version)
        catalogue_changed(self._transaction)
        return category
