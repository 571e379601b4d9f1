"""The routes of fakestoreapi.com, so that a client written for that site works by changing its base URL.

As there, an unknown id is `null` with 200, POST answers 201 with the next id, and writes change nothing: they answer
what they were sent. Unlike there, passwords never leave, tokens are real, errors have the store's envelope, and in
private mode users and carts ask for a sign-in and show the caller's own; staff see all.
"""

from typing import Any

from fastapi import Response

from portico.apps.store.fakestoreapi import reads
from portico.apps.store.fakestoreapi.requests import (
    CartId,
    Listed,
    People,
    SentCart,
    SentCredentials,
    SentProduct,
    SentUser,
    UserId,
    Within,
    described,
    id_in,
)
from portico.apps.store.fakestoreapi.schemas import (
    CartEcho,
    ProductEcho,
    SiteCartOut,
    SiteCredentialsIn,
    SiteProductOut,
    SiteTokenOut,
    SiteUserOut,
    UserEcho,
)
from portico.apps.store.origin import Base
from portico.identity.public import ClientOf, IdentityOf
from portico.kernel.paging import LONGEST_ARRAY
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, ReplicaReading

fakestoreapi = router(prefix="/fakestoreapi", tags=["fakestoreapi"])

PRODUCT_ECHO: dict[str, Any] = {
    "response_model": ProductEcho | None,
    "response_model_exclude_unset": True,
    "openapi_extra": described(ProductEcho),
}
CART_ECHO: dict[str, Any] = {
    "response_model": CartEcho,
    "response_model_exclude_unset": True,
    "openapi_extra": described(CartEcho),
}
USER_ECHO: dict[str, Any] = {
    "response_model": UserEcho,
    "response_model_exclude_unset": True,
    "openapi_extra": described(UserEcho),
}


@fakestoreapi.get("/products", response_model=list[SiteProductOut], summary="Products")
async def list_products(reading: ReplicaReading, base: Base, listed: Listed, response: Response) -> Any:
    return listed.link(await reads.products(reading, listed.window, base=base), response)


@fakestoreapi.get("/products/categories", response_model=list[str], summary="Names of the categories in use")
async def list_categories(reading: ReplicaReading) -> Any:
    return await reads.categories(reading, limit=LONGEST_ARRAY)


@fakestoreapi.get("/products/category/{name}", response_model=list[SiteProductOut], summary="Products of a category")
async def list_products_of_category(
    name: str, reading: ReplicaReading, base: Base, listed: Listed, response: Response
) -> Any:
    return listed.link(await reads.products(reading, listed.window, base=base, category=name), response)


@fakestoreapi.get("/products/{product_id}", response_model=SiteProductOut | None, summary="One product, or null")
async def get_product(product_id: str, reading: Reading, base: Base) -> Any:
    return await reads.product(reading, id_in(product_id) or 0, base=base)


@fakestoreapi.post("/products", status_code=201, summary="A product as sent, with the next id", **PRODUCT_ECHO)
async def add_product(sent: SentProduct, reading: Reading) -> Any:
    return sent.model_copy(update={"id": await reads.next_id(reading, "products")})


@fakestoreapi.put("/products/{product_id}", summary="A product as sent", **PRODUCT_ECHO)
@fakestoreapi.patch("/products/{product_id}", summary="Some of a product as sent", **PRODUCT_ECHO)
async def edit_product(product_id: str, sent: SentProduct) -> Any:
    found = id_in(product_id)
    return None if found is None else sent.model_copy(update={"id": found})


@fakestoreapi.delete("/products/{product_id}", response_model=SiteProductOut | None, summary="The product, which stays")
async def delete_product(product_id: str, reading: Reading, base: Base) -> Any:
    return await reads.product(reading, id_in(product_id) or 0, base=base)


@fakestoreapi.get("/carts", response_model=list[SiteCartOut], summary="Carts that the caller may see")
async def list_carts(reading: Reading, people: People, listed: Listed, within: Within, response: Response) -> Any:
    rows = await reads.carts(reading, listed.window, people=people, start=within.start, end=within.end)
    return listed.link(rows, response)


@fakestoreapi.get("/carts/user/{user_id}", response_model=list[SiteCartOut], summary="Carts of one user")
async def list_carts_of_user(
    user_id: UserId, reading: Reading, people: People, listed: Listed, within: Within, response: Response
) -> Any:
    if people not in (None, user_id):
        return []
    rows = await reads.carts(reading, listed.window, people=user_id, start=within.start, end=within.end)
    return listed.link(rows, response)


@fakestoreapi.get("/carts/{cart_id}", response_model=SiteCartOut | None, summary="One cart, or null")
async def get_cart(cart_id: CartId, reading: Reading, people: People) -> Any:
    return await reads.cart(reading, cart_id, people=people)


@fakestoreapi.post("/carts", status_code=201, summary="A cart as sent, with the next id", **CART_ECHO)
async def add_cart(sent: SentCart, reading: Reading, _: People) -> Any:
    return sent.model_copy(update={"id": await reads.next_id(reading, "carts")})


@fakestoreapi.put("/carts/{cart_id}", summary="A cart as sent", **CART_ECHO)
@fakestoreapi.patch("/carts/{cart_id}", summary="Some of a cart as sent", **CART_ECHO)
async def edit_cart(cart_id: CartId, sent: SentCart, _: People) -> Any:
    return sent.model_copy(update={"id": cart_id})


@fakestoreapi.delete("/carts/{cart_id}", response_model=SiteCartOut | None, summary="The cart, which stays")
async def delete_cart(cart_id: CartId, reading: Reading, people: People) -> Any:
    return await reads.cart(reading, cart_id, people=people)


@fakestoreapi.get("/users", response_model=list[SiteUserOut], summary="Users that the caller may see")
async def list_users(reading: Reading, people: People, listed: Listed, response: Response) -> Any:
    return listed.link(await reads.users(reading, listed.window, people=people), response)


@fakestoreapi.get("/users/{user_id}", response_model=SiteUserOut | None, summary="One user, or null")
async def get_user(user_id: UserId, reading: Reading, people: People) -> Any:
    return await reads.user(reading, user_id, people=people)


@fakestoreapi.post("/users", status_code=201, summary="A user as sent, with the next id", **USER_ECHO)
async def add_user(sent: SentUser, reading: Reading, _: People) -> Any:
    return sent.model_copy(update={"id": await reads.next_id(reading, "users")})


@fakestoreapi.put("/users/{user_id}", summary="A user as sent", **USER_ECHO)
@fakestoreapi.patch("/users/{user_id}", summary="Some of a user as sent", **USER_ECHO)
async def edit_user(user_id: UserId, sent: SentUser, _: People) -> Any:
    return sent.model_copy(update={"id": user_id})


@fakestoreapi.delete("/users/{user_id}", response_model=SiteUserOut | None, summary="The user, who stays")
async def delete_user(user_id: UserId, reading: Reading, people: People) -> Any:
    return await reads.user(reading, user_id, people=people)


@fakestoreapi.post(
    "/auth/login", status_code=201, response_model=SiteTokenOut, summary="Log in",
    openapi_extra=described(SiteCredentialsIn),
    responses={401: {"description": "Wrong name or password."}},
)  # fmt: skip
async def log_in(sent: SentCredentials, identity: IdentityOf, client: ClientOf) -> Any:
    pair = await identity.login.log_in(sent.username, sent.password, client)
    return {"token": pair.access}
