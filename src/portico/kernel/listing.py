"""Lists that grow: some rows at a time, the newest first, and how the list goes on."""

from collections.abc import Mapping
from typing import Annotated, Any, LiteralString

from fastapi import Query
from pydantic import BaseModel, Field

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.paging import BIGGEST_ID, seal, unseal

Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
IdFilter = Annotated[int | None, Query(ge=0, le=BIGGEST_ID)]


class Listed(BaseModel):
    """What the lists of all nouns say beside their `items`."""

    total: int = Field(description="How many match, on all pages.")
    next_cursor: str | None = Field(description="For `cursor`; null on the last page.")


async def newest_first(
    connection: Connection, *, part: LiteralString, count: LiteralString, params: Mapping[str, Any], limit: int,
    cursor: str | None,
) -> dict[str, Any]:  # fmt: skip
    """A page of rows with an `id`. `part` has the parameters `before` and `limit` beside those of `count`.

    Raises `InvalidInput` for a cursor of another list.
    """
    before = unseal(cursor, int)[0] if cursor else BIGGEST_ID
    rows: list[Row] = await fetch_all(connection, part, {**params, "before": before, "limit": limit})
    counted = await fetch_one(connection, count, params) or {"total": 0}
    following = seal(rows[-1]["id"]) if len(rows) == limit else None
    return {"items": rows, "total": counted["total"], "next_cursor": following}
