"""Products as they are shown: SQL to rows, one statement an answer."""

from collections.abc import Sequence
from typing import Any

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

# float8 shows any NUMERIC(12, 2) exactly: it holds 15 significant digits.
COLUMNS = """
    p.id, p.title, p.price::float8 AS price, p.description, p.image, p.mean_rating::float8 AS rate, p.rating_count,
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

IN_CATEGORIES = f"""
    SELECT {COLUMNS} FROM store.products p {CATEGORIES}
    WHERE p.id > %(after)s AND EXISTS (
        SELECT FROM store.product_categories m WHERE m.product_id = p.id AND m.category_id = ANY(%(category_ids)s)
    ) ORDER BY p.id LIMIT %(limit)s"""


async def product(connection: Connection, product_id: int) -> Row | None:
    """One product, with its `version`."""
    row = await fetch_one(connection, DETAIL, {"id": product_id})
    return row and _shaped(row)


async def page(
    connection: Connection, *, category: str | None, limit: int, offset: int = 0, after: int = 0
) -> tuple[list[Row], int]:
    """The products of a page in id order, and how many there are in all (0 where the page is empty)."""
    params: dict[str, Any] = {"limit": limit, "offset": offset, "after": after}
    if category is None:
        rows = await fetch_all(connection, PAGE, params)
    else:
        rows = await fetch_all(connection, PAGE_OF_CATEGORY, {**params, "category": category})
    total = rows[0]["total"] if rows else 0
    return [_shaped(row) for row in rows], total


async def in_categories(connection: Connection, category_ids: Sequence[int], *, limit: int, after: int) -> list[Row]:
    """The products that are in any of the categories, in id order."""
    params = {"category_ids": list(category_ids), "limit": limit, "after": after}
    return [_shaped(row) for row in await fetch_all(connection, IN_CATEGORIES, params)]


def _shaped(row: Row) -> Row:
    """The row with its nested parts in the contract's shape."""
    ids, names = row["category_ids"] or (), row["category_names"] or ()
    row["category"] = names[0] if names else ""
    row["categories"] = [{"id": id_, "name": name} for id_, name in zip(ids, names, strict=True)]
    row["rating"] = {"rate": row["rate"], "count": row["rating_count"]}
    return row
