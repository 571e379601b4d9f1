"""Items as they are shown: SQL to rows."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.errors import InvalidInput
from portico.kernel.paging import seal, unseal

# float8 shows any NUMERIC(12, 2) exactly: it holds 15 significant digits.
COLUMNS = "id, name, description, price::float8 AS price, quantity, created_at, updated_at, owner_id, version"
ONE = f"SELECT {COLUMNS} FROM items.items WHERE id = %(id)s"
PART = f"SELECT {COLUMNS} FROM items.items WHERE id > %(after)s ORDER BY id LIMIT %(limit)s OFFSET %(skip)s"
COUNT = "SELECT count(*) AS total FROM items.items"

SORTS = {"id": "bigint", "name": "text", "price": "numeric", "quantity": "bigint", "created_at": "timestamptz"}
"""The columns that a list can be in the order of, each with an index, and their types."""

MATCHING = """
    (%(name)s::text IS NULL OR strpos(lower(name), lower(%(name)s)) > 0)
    AND (%(min_price)s::numeric IS NULL OR price >= %(min_price)s)
    AND (%(max_price)s::numeric IS NULL OR price <= %(max_price)s)
    AND (%(in_stock)s::boolean IS NULL OR (quantity > 0) = %(in_stock)s)"""
COUNT_MATCHING = f"{COUNT} WHERE {MATCHING}"


def _ordered(column: str, *, descending: bool, goes_on: bool) -> str:
    """The statement of one order. Where the list goes on it begins behind a key, which the order's index finds."""
    direction, comparison = ("DESC", "<") if descending else ("ASC", ">")
    key = f"AND ({column}, id) {comparison} (%(key)s::{SORTS[column]}, %(after)s)" if goes_on else ""
    return (
        f"SELECT {COLUMNS}, items.{column}::text AS sort_key FROM items.items WHERE {MATCHING} {key}"
        f" ORDER BY items.{column} {direction}, id {direction} LIMIT %(limit)s"
    )


ORDERED = {
    (("-" if descending else "") + column, goes_on): _ordered(column, descending=descending, goes_on=goes_on)
    for column in SORTS
    for descending in (False, True)
    for goes_on in (False, True)
}


async def item(connection: Connection, item_id: int) -> Row | None:
    """One item."""
    return await fetch_one(connection, ONE, {"id": item_id})


async def items(connection: Connection, *, skip: int, limit: int, after: int) -> tuple[list[Row], int]:
    """Items in id order, and how many there are in all."""
    rows = await fetch_all(connection, PART, {"skip": skip, "limit": limit, "after": after})
    return rows, await _count(connection, COUNT, {})


async def matching(
    connection: Connection, filters: dict[str, Any], *, sort: str, limit: int, after: tuple[str, int] | None
) -> tuple[list[Row], int]:
    """Items that match, in the order of `sort`, and how many match in all.

    `after` is the `sort_key` and the id of the row that these come after.
    """
    key, after_id = after or (None, None)
    params = {**filters, "limit": limit, "key": key, "after": after_id}
    rows = await fetch_all(connection, ORDERED[sort, after is not None], params)
    return rows, await _count(connection, COUNT_MATCHING, filters)


async def page(
    connection: Connection, filters: dict[str, Any], *, sort: str, limit: int, cursor: str | None
) -> dict[str, Any]:
    """As `matching`, and the cursor of the next page. Raises `InvalidInput` for a cursor of another order."""
    after = _after(cursor, sort) if cursor else None
    rows, total = await matching(connection, filters, sort=sort, limit=limit, after=after)
    following = seal(sort, rows[-1]["sort_key"], rows[-1]["id"]) if len(rows) == limit else None
    return {"items": rows, "total": total, "next_cursor": following}


def _after(cursor: str, sort: str) -> tuple[str, int]:
    """The `sort_key` and the id of the row that the page comes after."""
    order, key, item_id = unseal(cursor, str, str, int)
    if order != sort:
        raise InvalidInput(details={"cursor": f"goes on in the order of {order}"})
    return key, item_id


async def _count(connection: Connection, statement: str, params: dict[str, Any]) -> int:
    row = await fetch_one(connection, statement, params) or {"total": 0}
    total: int = row["total"]
    return total
