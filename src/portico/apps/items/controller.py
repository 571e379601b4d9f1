"""The item routes: version 1, and the list of version 2."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends, Query, Response

from portico.apps.items import reads
from portico.apps.items.access import WriteAccess
from portico.apps.items.schemas import ItemIn, ItemOut, ItemPage, ItemPatch, Sort
from portico.apps.items.service import ItemNotFound, ItemService
from portico.identity.public import OnceForAnyone
from portico.kernel.database import Connection
from portico.kernel.deprecation import deprecated
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.paging import Limit, Skipping
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

items = router(prefix="/api/v1/items", tags=["items"])
items_v2 = router(prefix="/api/v2/items", tags=["items"])

REPLACED = deprecated(
    since=datetime(2026, 11, 22, tzinfo=UTC), sunset=datetime(2027, 11, 22, tzinfo=UTC), successor="/api/v2/items"
)


MaybePrice = Annotated[Decimal | None, Query(ge=0, max_digits=12, decimal_places=2)]


async def _filters(
    name: Annotated[str | None, Query(max_length=100, description="A part of the name, in any case.")] = None,
    min_price: MaybePrice = None,
    max_price: MaybePrice = None,
    in_stock: Annotated[bool | None, Query(description="Those of which there are some, or those of none.")] = None,
) -> dict[str, Any]:
    return {"name": name, "min_price": min_price, "max_price": max_price, "in_stock": in_stock}


Filters = Annotated[dict[str, Any], Depends(_filters)]


@items.get(
    "", response_model=list[ItemOut], summary="Items, some at a time", deprecated=True, dependencies=[REPLACED]
)  # fmt: skip
async def list_items(reading: Reading, part: Skipping, response: Response) -> Any:
    rows, total = await reads.items(reading, skip=part.skip, limit=part.limit, after=part.after)
    part.describe(rows, total, response)
    return rows


@items_v2.get("", response_model=ItemPage, summary="Items that match, in an order")
async def list_matching_items(
    reading: Reading,
    filters: Filters,
    sort: Annotated[Sort, Query(description="A minus stands for descending.")] = "id",
    limit: Limit = 10,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before, in the same order.")] = None,
) -> Any:
    return await reads.page(reading, filters, sort=sort, limit=limit, cursor=cursor)


@items.post("", status_code=201, response_model=ItemOut, summary="Add an item", dependencies=[OnceForAnyone])
async def create_item(body: ItemIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    item_id = await ItemService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), item_id, response)


@items.get("/{item_id}", response_model=ItemOut, summary="One item")
async def get_item(item_id: Id, reading: Reading, response: Response) -> Any:
    return await _shown(reading, item_id, response)


@items.put("/{item_id}", response_model=ItemOut, summary="Change some of an item")
async def change_item(
    item_id: Id, body: ItemPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await ItemService(write, access).change(item_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), item_id, response)


@items.delete("/{item_id}", status_code=204, summary="Remove an item")
async def delete_item(item_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await ItemService(write, access).delete(item_id, match)


async def _shown(connection: Connection, item_id: int, response: Response) -> Any:
    return tagged(response, await reads.item(connection, item_id), ItemNotFound(item_id))
