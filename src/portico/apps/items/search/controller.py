"""The search for items."""

from typing import Annotated, Any

from fastapi import Query

from portico.apps.items.controller import Filters
from portico.apps.items.search.reads import ITEMS
from portico.apps.items.search.schemas import FoundItems
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.search import SearchText
from portico.kernel.unit_of_work import ReplicaReading

search = router(prefix="/api/v1/items/search", tags=["items"])


@search.get("", response_model=FoundItems, summary="Items that match words, the best first")
async def search_items(
    q: SearchText,
    reading: ReplicaReading,
    filters: Filters,
    limit: Limit = 10,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before, for the same words.")] = None,
) -> Any:
    found = await ITEMS.page(reading, q, filters, limit=limit, cursor=cursor)
    return {"items": found.rows, "total": found.total, "next_cursor": found.next_cursor}
