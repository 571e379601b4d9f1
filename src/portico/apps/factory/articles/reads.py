"""Articles as they are shown."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

COLUMNS = "id, code, name, unit, created_at, deleted_at, version"
ONE = f"SELECT {COLUMNS} FROM factory.articles WHERE id = %(id)s"
MATCHING = """
    (deleted_at IS NOT NULL) = %(deleted)s
    AND (%(code)s::text IS NULL OR code = %(code)s)
    AND (%(search)s::text IS NULL OR strpos(lower(concat_ws(' ', code, name)), lower(%(search)s)) > 0)"""
PART = f"""
    SELECT {COLUMNS} FROM factory.articles WHERE {MATCHING} AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s"""
COUNT = f"SELECT count(*) AS total FROM factory.articles WHERE {MATCHING}"


async def article(connection: Connection, article_id: int) -> Row | None:
    """One article, deleted or not."""
    return await fetch_one(connection, ONE, {"id": article_id})


async def articles(
    connection: Connection, *, code: str | None = None, search: str | None = None, deleted: bool = False, limit: int,
    cursor: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A page, the newest first."""
    filters = {"code": code, "search": search, "deleted": deleted}
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)
