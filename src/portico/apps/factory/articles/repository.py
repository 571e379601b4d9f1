"""The write side of articles."""

from sqlalchemy import select

from portico.apps.factory.articles.models import Article
from portico.kernel import rows
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

# Whoever makes one of these keeps the article first, and so is seen here or sees that it is deleted.
IN_USE = """
    SELECT 'work order ' || code AS what FROM factory.work_orders
    WHERE article_id = %(id)s AND state IN ('draft', 'released', 'in_progress', 'held')
    UNION ALL
    SELECT 'piece ' || barcode FROM factory.pieces
    WHERE article_id = %(id)s AND deleted_at IS NULL AND state NOT IN ('scrapped', 'shipped')
    LIMIT 1"""


class ArticleRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, article_id: int) -> Article | None:
        """The article, deleted or not, locked until the end of the transaction."""
        query = select(Article).where(Article.id == article_id).with_for_update(key_share=True)
        found: Article | None = await self._write.session.scalar(query)
        return found

    async def keep(self, article_id: int) -> Article | None:
        """As `lock`, together with others who only want it to stay as it is."""
        query = select(Article).where(Article.id == article_id).with_for_update(read=True)
        found: Article | None = await self._write.session.scalar(query)
        return found

    async def save(self, article: Article) -> bool:
        """Write the article; False where another one has its code."""
        return await rows.save(self._write, article) is None

    async def user_of(self, article_id: int) -> str | None:
        """Something that is made, or to be made, of it or as it."""
        row = await fetch_one(await self._write.connection(), IN_USE, {"id": article_id})
        return None if row is None else row["what"]
