"""The category routes."""

from typing import Any

from fastapi import Response

from portico.apps.store.access import WriteAccess
from portico.apps.store.categories import reads
from portico.apps.store.categories.schemas import CategoryIn, CategoryOut, CategoryPatch
from portico.apps.store.categories.service import CategoryNotFound, CategoryService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.paging import Slice
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

categories = router(prefix="/api/categories", tags=["categories"])


@categories.get("", response_model=list[CategoryOut], summary="All categories")
async def list_categories(reading: Reading, part: Slice, response: Response) -> Any:
    rows = await reads.categories(reading, limit=part.limit, after=part.after)
    part.link(rows, response)
    return rows


@categories.post("", status_code=201, response_model=CategoryOut, summary="Add a category", dependencies=[Once])
async def create_category(body: CategoryIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    category_id = await CategoryService(write, access).create(body.name)
    return await _shown(await write.connection(), category_id, response)


@categories.get("/{category_id}", response_model=CategoryOut, summary="One category")
async def get_category(category_id: Id, reading: Reading, response: Response) -> Any:
    return await _shown(reading, category_id, response)


@categories.put("/{category_id}", response_model=CategoryOut, summary="Replace a category")
async def replace_category(
    category_id: Id, body: CategoryIn, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await CategoryService(write, access).rename(category_id, match, body.name)
    return await _shown(await write.connection(), category_id, response)


@categories.patch("/{category_id}", response_model=CategoryOut, summary="Rename a category")
async def change_category(
    category_id: Id, body: CategoryPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await CategoryService(write, access).rename(category_id, match, body.name or None)
    return await _shown(await write.connection(), category_id, response)


@categories.delete("/{category_id}", status_code=204, summary="Remove a category from the store and its products")
async def delete_category(category_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await CategoryService(write, access).delete(category_id, match)


async def _shown(connection: Connection, category_id: int, response: Response) -> Any:
    return tagged(response, await reads.category(connection, category_id), CategoryNotFound(category_id))
