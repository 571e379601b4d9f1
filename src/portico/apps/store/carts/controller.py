"""The cart routes."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from portico.apps.store.access import ReadAccess, WriteAccess
from portico.apps.store.carts import reads
from portico.apps.store.carts.schemas import CartIn, CartOut, CartPatch, Lines
from portico.apps.store.carts.service import CartNotFound, CartService
from portico.apps.store.origin import Base
from portico.apps.store.users.service import UserNotFound
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.paging import BIGGEST_ID, Slice
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

carts = router(prefix="/api/carts", tags=["carts"])

UserId = Annotated[int | None, Query(ge=0, le=BIGGEST_ID)]


@carts.get("", response_model=list[CartOut], summary="Carts, of one user or of all that the caller may see")
async def list_carts(
    reading: Reading,
    access: ReadAccess,
    part: Slice,
    base: Base,
    response: Response,
    user_id: Annotated[UserId, Query(alias="userId")] = None,
    user_id_of_old: Annotated[UserId, Query(alias="user_id", deprecated=True)] = None,
) -> Any:
    wanted = user_id if user_id is not None else user_id_of_old
    people = access.people
    if people is not None and wanted not in (None, people):
        return []
    of_user = wanted if people is None else people
    rows = await reads.carts(reading, base=base, user_id=of_user, limit=part.limit, after=part.after)
    part.link(rows, response)
    return rows


@carts.get("/users/{user_id}", response_model=list[CartOut], summary="Carts of one user")
async def list_carts_of_user(
    user_id: Id, reading: Reading, access: ReadAccess, part: Slice, base: Base, response: Response
) -> Any:
    if access.people not in (None, user_id):
        raise UserNotFound(user_id)
    rows = await reads.carts(reading, base=base, user_id=user_id, limit=part.limit, after=part.after)
    part.link(rows, response)
    return rows


@carts.post("", status_code=201, response_model=CartOut, summary="Open a cart for the caller", dependencies=[Once])
async def create_cart(
    body: CartIn, request: Request, write: Writing, access: WriteAccess, base: Base, response: Response
) -> Any:
    today = request.app.state.clock().date()
    cart_id = await CartService(write, access).create(date=body.date or today, lines=body.lines)
    return await _shown(await write.connection(), cart_id, base, response)


@carts.get("/{cart_id}", response_model=CartOut, summary="One cart")
async def get_cart(cart_id: Id, reading: Reading, access: ReadAccess, base: Base, response: Response) -> Any:
    row = await reads.cart(reading, cart_id, base=base, people=access.people)
    return tagged(response, row, CartNotFound(cart_id))


@carts.put("/{cart_id}", response_model=CartOut, summary="Replace a cart's date and lines")
async def replace_cart(
    cart_id: Id,
    body: CartIn,
    write: Writing,
    access: WriteAccess,
    match: Matching,
    base: Base,
    response: Response,
) -> Any:
    await CartService(write, access).replace(cart_id, match, date=body.date, lines=body.lines)
    return await _shown(await write.connection(), cart_id, base, response)


@carts.patch("/{cart_id}", response_model=CartOut, summary="Add, update and remove lines; set date and owner")
async def change_cart(
    cart_id: Id,
    body: CartPatch,
    write: Writing,
    access: WriteAccess,
    match: Matching,
    base: Base,
    response: Response,
) -> Any:
    await CartService(write, access).change(
        cart_id, match, add=_pairs(body.add), update=_pairs(body.update), remove=body.remove,
        date=body.date, user_id=body.userId,
    )  # fmt: skip
    return await _shown(await write.connection(), cart_id, base, response)


@carts.delete("/{cart_id}", status_code=204, summary="Remove a cart")
async def delete_cart(cart_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await CartService(write, access).delete(cart_id, match)


def _pairs(lines: Lines) -> list[tuple[int, int]]:
    return [(line.productId, line.quantity) for line in lines]


async def _shown(connection: Connection, cart_id: int, base: str, response: Response) -> Any:
    row = await reads.cart(connection, cart_id, base=base, people=None)
    return tagged(response, row, CartNotFound(cart_id))
