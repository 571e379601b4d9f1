"""The article routes."""

from typing import Any

from fastapi import Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.articles import reads
from portico.apps.factory.articles.schemas import ArticleIn, ArticleOut, ArticlePage, ArticlePatch
from portico.apps.factory.articles.service import ArticleNotFound, ArticleService
from portico.apps.factory.fields import CodeFilter, Deleted, Search
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

articles = router(prefix="/api/v1/articles", tags=["articles"])


@articles.get("", response_model=ArticlePage, summary="Articles, the newest first")
async def list_articles(
    access: ReadAccess,
    reading: Reading,
    code: CodeFilter = None,
    search: Search = None,
    deleted: Deleted = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.articles(reading, code=code, search=search, deleted=deleted, limit=limit, cursor=cursor)


@articles.post("", status_code=201, response_model=ArticleOut, summary="Add an article", dependencies=[Once])
async def create_article(body: ArticleIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    article_id = await ArticleService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), article_id, response)


@articles.get("/{article_id}", response_model=ArticleOut, summary="One article, deleted or not")
async def get_article(article_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, article_id, response)


@articles.put("/{article_id}", response_model=ArticleOut, summary="Change some of an article")
async def change_article(
    article_id: Id, body: ArticlePatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await ArticleService(write, access).change(article_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), article_id, response)


@articles.delete("/{article_id}", status_code=204, summary="Delete an article softly")
async def delete_article(article_id: Id, write: Writing, access: WriteAccess, match: Matching, now: Now) -> None:
    await ArticleService(write, access).delete(article_id, match, now)


@articles.post(
    "/{article_id}/restore", response_model=ArticleOut, summary="Bring a deleted article back", dependencies=[Once]
)
async def restore_article(article_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    await ArticleService(write, access).restore(article_id, now)
    return await _shown(await write.connection(), article_id, response)


async def _shown(connection: Connection, article_id: int, response: Response) -> Any:
    return tagged(response, await reads.article(connection, article_id), ArticleNotFound(article_id))
