"""Lists of what is numbered in its parent: lines, items, matches. In the order of their positions, some at a time."""

from collections.abc import Mapping
from typing import Any, LiteralString

from portico.kernel.database import Connection, fetch_all, fetch_one
from portico.kernel.paging import seal, unseal


async def by_position(
    connection: Connection, *, part: LiteralString, count: LiteralString, params: Mapping[str, Any], limit: int,
    cursor: str | None,
) -> dict[str, Any]:  # fmt: skip
    """A page of rows with a `position`. `part` has the parameters `after` and `limit` beside those of `count`.

    Raises `InvalidInput` for a cursor of another list.
    """
    after = unseal(cursor, int)[0] if cursor else 0
    rows = await fetch_all(connection, part, {**params, "after": after, "limit": limit})
    counted = await fetch_one(connection, count, params) or {"total": 0}
    following = seal(rows[-1]["position"]) if len(rows) == limit else None
    return {"items": rows, "total": counted["total"], "next_cursor": following}
