"""Categories as they are shown."""

from portico.kernel.database import Connection, Row, fetch_all, fetch_one


async def categories(connection: Connection, *, limit: int, after: int) -> list[Row]:
    sql = "SELECT id, name FROM store.categories WHERE id > %(after)s ORDER BY id LIMIT %(limit)s"
    return await fetch_all(connection, sql, {"limit": limit, "after": after})


async def category(connection: Connection, category_id: int) -> Row | None:
    """One category, with its `version`."""
    sql = "SELECT id, name, version FROM store.categories WHERE id = %(id)s"
    return await fetch_one(connection, sql, {"id": category_id})
