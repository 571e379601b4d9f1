"""The product routes."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query, Request, Response

from portico.apps.store.access import WriteAccess
from portico.apps.store.cached import PAGES, PRODUCTS
from portico.apps.store.origin import Base
from portico.apps.store.products import reads
from portico.apps.store.products.schemas import ProductIn, ProductOut, ProductPage, ProductPatch
from portico.apps.store.products.service import ProductNotFound, ProductService
from portico.identity.public import Once
from portico.kernel.cache import Cached
from portico.kernel.database import Connection
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.etags import Matching, tagged, version_tag
from portico.kernel.inputs import Id
from portico.kernel.paging import BIGGEST_ID, Slice, public_url, seal, unseal
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Opening, ReplicaReading, Writing

products = router(prefix="/api/products", tags=["products"])

LONGEST_PAGE = 100
LONGEST_ADDRESS = 300
PARAMETERS = {"category", "page", "limit", "cursor"}
JSON = "application/json"
NUMBER = re.compile(r"-?[0-9]+")
Cursor = Annotated[str | None, Query(description="Instead of `page`: from the `Link` header; empty for the start.")]


@products.get(
    "", response_model=ProductPage, summary="Products, a page at a time",
    responses={404: {"description": "A page past the end."}},
)  # fmt: skip
async def list_products(
    request: Request,
    opening: Opening,
    cache: Cached,
    base: Base,
    category: Annotated[str | None, Query(description="The name of a category.")] = None,
    page: Annotated[int, Query(ge=1)] = 1,
    limit: Annotated[int, Query(ge=1, description=f"Above {LONGEST_PAGE} means {LONGEST_PAGE}.")] = 10,
    cursor: Cursor = None,
) -> Any:
    async def made() -> bytes:
        wanted = Wanted(category, page, min(limit, LONGEST_PAGE), cursor)
        shown, onward = await _page(request, await opening(), wanted, base)
        return b"%s\n%s" % ((onward or "").encode(), ProductPage.model_validate(shown).model_dump_json().encode())

    # The address says it all: what is shown, and where the links in it lead.
    address = public_url(request)
    is_kept = len(address) <= LONGEST_ADDRESS and request.query_params.keys() <= PARAMETERS
    found = await cache.namespace(PAGES).get(address, made) if is_kept else await made()
    onward, _, body = (found or b"").partition(b"\n")
    return Response(body, headers={"Link": f'<{onward.decode()}>; rel="next"'} if onward else None, media_type=JSON)


@products.get("/by-categories", response_model=list[ProductOut], summary="Products in any of some categories")
async def list_by_categories(
    response: Response,
    reading: ReplicaReading,
    base: Base,
    part: Slice,
    category_ids: Annotated[str, Query(alias="categoryIds", description="Category ids, with commas between.")] = "",
) -> Any:
    ids = [text.strip() for text in category_ids.split(",") if text.strip()]
    if not all(NUMBER.fullmatch(text) for text in ids):
        raise InvalidInput("categoryIds must be numbers", details={"categoryIds": category_ids})
    known = [int(text) for text in ids if text.isdigit() and len(text) < len(str(BIGGEST_ID))]
    rows = await reads.in_categories(reading, known, base=base, limit=part.limit, after=part.after) if known else []
    part.link(rows, response)
    return rows


@products.post("", status_code=201, response_model=ProductOut, summary="Add a product", dependencies=[Once])
async def create_product(body: ProductIn, write: Writing, access: WriteAccess, base: Base, response: Response) -> Any:
    product_id = await ProductService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), product_id, base, response)


@products.get("/{product_id}", response_model=ProductOut, summary="One product")
async def get_product(product_id: Id, opening: Opening, cache: Cached, base: Base) -> Any:
    async def made() -> bytes:
        row = await reads.product(await opening(), product_id, base=base)
        if row is None:  # and not kept: there is no end of ids that no product has
            raise ProductNotFound(product_id)
        return b"%d\n%s" % (row["version"], ProductOut.model_validate(row).model_dump_json().encode())

    found = await cache.namespace(PRODUCTS).get(f"{product_id} {base}", made)
    version, _, body = (found or b"").partition(b"\n")
    return Response(body, headers={"ETag": version_tag(int(version))}, media_type=JSON)


@products.put("/{product_id}", response_model=ProductOut, summary="Replace a product")
async def replace_product(
    product_id: Id,
    body: ProductIn,
    write: Writing,
    access: WriteAccess,
    match: Matching,
    base: Base,
    response: Response,
) -> Any:
    await ProductService(write, access).change(product_id, match, **body.model_dump())
    return await _shown(await write.connection(), product_id, base, response)


@products.patch("/{product_id}", response_model=ProductOut, summary="Change some of a product")
async def change_product(
    product_id: Id,
    body: ProductPatch,
    write: Writing,
    access: WriteAccess,
    match: Matching,
    base: Base,
    response: Response,
) -> Any:
    await ProductService(write, access).change(product_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), product_id, base, response)


@products.delete("/{product_id}", status_code=204, summary="Remove a product")
async def delete_product(product_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await ProductService(write, access).delete(product_id, match)


@dataclass(frozen=True)
class Wanted:
    """A page of the list."""

    category: str | None
    page: int
    limit: int
    cursor: str | None


async def _page(request: Request, connection: Connection, wanted: Wanted, base: str) -> tuple[Any, str | None]:
    """The page, and where the next one begins for who goes on by cursor. Raises `NotFound` past the end."""
    page, limit, cursor = wanted.page, wanted.limit, wanted.cursor
    after: int = unseal(cursor, int)[0] if cursor else 0
    offset = 0 if cursor is not None else min((page - 1) * limit, BIGGEST_ID)
    rows, count = await reads.page(
        connection, base=base, category=wanted.category, limit=limit, offset=offset, after=after
    )
    if not rows and offset:
        raise NotFound("Invalid page", details={"page": str(page)})
    onward = public_url(request, cursor=seal(rows[-1]["id"]), page=None, limit=limit) if len(rows) == limit else None
    if cursor is not None:
        return {"count": count, "next": onward, "previous": None, "results": rows}, onward
    is_last = page * limit >= count
    following = None if is_last else public_url(request, page=page + 1, limit=limit)
    previous = None if page == 1 else public_url(request, page=page - 1, limit=limit)
    return {"count": count, "next": following, "previous": previous, "results": rows}, onward


async def _shown(connection: Connection, product_id: int, base: str, response: Response) -> Any:
    return tagged(response, await reads.product(connection, product_id, base=base), ProductNotFound(product_id))
