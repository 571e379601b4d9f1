"""The rules of articles."""

from datetime import datetime
from typing import Any

from portico.apps.factory.articles.models import Article
from portico.apps.factory.articles.repository import ArticleRepository
from portico.apps.factory.codes import CodeTaken, InProduction, IsDeleted
from portico.apps.factory.doing import note
from portico.apps.factory.permissions import Access, Action
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

KIND = "article"


class ArticleNotFound(NotFound):
    def __init__(self, article_id: int | str) -> None:
        super().__init__(f"There is no article {article_id}.")


class ArticleService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._articles = ArticleRepository(write)

    async def create(self, **values: Any) -> int:
        """Add an article and answer its id. Raises `CodeTaken`."""
        self._access.require(Action.PLAN)
        article = Article(**values)
        if not await self._articles.save(article):
            raise CodeTaken(KIND, values["code"])
        return article.id

    async def change(self, article_id: int, match: IfMatch, **values: Any) -> None:
        """Set these values. Raises `ArticleNotFound`, `IsDeleted`, `PreconditionFailed`."""
        self._access.require(Action.PLAN)
        article = await self._live(article_id, match)
        if values:
            article.change(**values)

    async def delete(self, article_id: int, match: IfMatch, now: datetime) -> None:
        """Delete it softly. Raises `ArticleNotFound`, `IsDeleted`, `InProduction`, `PreconditionFailed`."""
        self._access.require(Action.DELETE)
        article = await self._live(article_id, match)
        if (user := await self._articles.user_of(article_id)) is not None:
            raise InProduction(f"The article {article.code} is needed: there is the {user}.")
        article.change(deleted_at=now)
        await self._note("Deleted", article, now)

    async def restore(self, article_id: int, now: datetime) -> None:
        """Take back its deletion; one that is not deleted stays as it is. Raises `ArticleNotFound`."""
        self._access.require(Action.DELETE)
        article = await self._articles.lock(article_id)
        if article is None:
            raise ArticleNotFound(article_id)
        if article.deleted_at is not None:
            article.change(deleted_at=None)
            await self._note("Restored", article, now)

    async def keep(self, article_id: int, field: str = "article_id") -> str:
        """Have an article stay until the end of the transaction; its code.

        Raises `InvalidInput`, which names the field, and `IsDeleted`.
        """
        article = await self._articles.keep(article_id)
        if article is None:
            raise InvalidInput(details={field: f"there is no article {article_id}"})
        if article.deleted_at is not None:
            raise IsDeleted(KIND, article.code)
        return article.code

    async def _live(self, article_id: int, match: IfMatch) -> Article:
        article = await self._articles.lock(article_id)
        if article is None:
            raise ArticleNotFound(article_id)
        match.check(article.version)
        if article.deleted_at is not None:
            raise IsDeleted(KIND, article.code)
        return article

    async def _note(self, kind: str, article: Article, now: datetime) -> None:
        details = {"kind": KIND, "code": article.code, "id": article.id}
        await note(self._write, self._access, now, kind, details=details)
