"""Products as they are shown: SQL to rows, one statement an answer."""

from collections.abc import Sequence
from typing import Any

from portico.apps.store.pictures.reads import ADDRESS
from portico.kernel.database import Connection, Row, fetch_all, fetch_one

# float8 shows any NUMERIC(12, 2) exactly: it holds 15 significant digits.
COLUMNS = f"""
    p.id, p.title, p.price::float8 AS price, p.description, {ADDRESS.format(column="p.image")} AS image,
    p.mean_rating::float8 AS rate, p.rating_count,
    cats.ids AS category_ids, cats.names AS category_names"""

CATEGORIES = """
    LEFT JOIN LATERAL (
        SELECT array_agg(c.id ORDER BY pc.position) AS ids, array_agg(c.name ORDER BY pc.position) AS names
        FROM store.product_categories pc JOIN store.categories c ON c.id = pc.category_id
        WHERE pc.product_id = p.id
    ) cats ON true"""

DETAIL = f"SELECT {COLUMNS}, p.version FROM store.products p {CATEGORIES} WHERE p.id = %(id)s"

# The page is cut first and dressed after. The count comes from the tally, which triggers keep exact.
PAGE = f"""
    SELECT {COLUMNS}, (SELECT sum(products) FROM store.product_tally WHERE category_id = 0)::bigint AS total
    FROM (
        SELECT * FROM store.products WHERE id > %(after)s ORDER BY id LIMIT %(limit)s OFFSET %(offset)s
    ) p {CATEGORIES} ORDER BY p.id"""

PAGE_OF_CATEGORY = f"""
    WITH category AS MATERIALIZED (SELECT id FROM store.categories WHERE name = %(category)s)
    SELECT {COLUMNS},
        (SELECT sum(products) FROM store.product_tally WHERE category_id = (SELECT id FROM category))::bigint AS total
    FROM (
        SELECT product_id FROM store.product_categories
        WHERE category_id = (SELECT id FROM category) AND product_id > %(after)s
        ORDER BY product_id LIMIT %(limit)s OFFSET %(offset)s
    ) page JOIN store.products p ON p.id = page.product_id {CATEGORIES} ORDER BY p.id"""

COUNT = "SELECT sum(products)::bigint AS total FROM store.product_tally WHERE category_id = 0"

COUNT_OF_CATEGORY = """
    SELECT sum(t.products)::bigint AS total
    FROM store.categories c JOIN store.product_tally t ON t.category_id = c.id WHERE c.name = %(category)s"""

IN_CATEGORIES = f"""
    SELECT {COLUMNS} FROM store.products p {CATEGORIES}
    WHERE p.id > %(after)s AND EXISTS (
        SELECT FROM store.product_categories m WHERE m.product_id = p.id AND m.category_id = ANY(%(category_ids)s)
    ) ORDER BY p.id LIMIT %(limit)s"""


async def product(connection: Connection, product_id: int, *, base: str) -> Row | None:
    """One product, with its `version`. `base` goes before the paths of pictures, here and below."""
    row = await fetch_one(connection, DETAIL, {"id": product_id, "base": base})
    return row and _shaped(row)


async def page(
    connection: Connection, *, base: str, category: str | None, limit: int, offset: int = 0, after: int = 0
) -> tuple[list[Row], int]:
    """The products of a page in id order, and how many there are in all (0 past the last page)."""
    params: dict[str, Any] = {"base": base, "limit": limit, "offset": offset, "after": after}
    if category is None:
        rows = await fetch_all(connection, PAGE, params)
    else:
        rows = await fetch_all(connection, PAGE_OF_CATEGORY, {**params, "category": category})
    if rows:
        return [_shaped(row) for row in rows], rows[0]["total"]
    if not after:
        return [], 0
    return [], await _count(connection, category)  # past the last cursor there are no rows that could tell


async def in_categories(
    connection: Connection, category_ids: Sequence[int], *, base: str, limit: int, after: int
) -> list[Row]:
    """The products that are in any of the categories, in id order."""
    params = {"base": base, "category_ids": list(category_ids), "limit": limit, "after": after}
    return [_shaped(row) for row in await fetch_all(connection, IN_CATEGORIES, params)]


async def _count(connection: Connection, category: str | None) -> int:
    row = await fetch_one(connection, COUNT if category is None else COUNT_OF_CATEGORY, {"category": category}) or {}
    count: int = row["total"] or 0
    return count


def _shaped(row: Row) -> Row:
    """The row with its nested parts in the contract's shape."""
    ids, names = row["category_ids"] or (), row["category_names"] or ()
    row["category"] = names[0] if names else ""
    row["categories"] = [{"id": id_, "name": name} for id_, name in zip(ids, names, strict=True)]
    row["rating"] = {"rate": row["rate"], "count": row["rating_count"]}
    return row
