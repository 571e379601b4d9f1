"""Every route of the store, called by everybody in both modes: the answers are those of `store_authorization.txt`."""

from typing import Any

import pytest

from tests.contract.authorization import Cell, Table
from tests.contract.shop import PASSWORD, Shop, made, unique

TABLE = Table("store", modes=("sandbox", "private"), callers=("nobody", "stranger", "owner", "staff"))


class Scene:
    """A fresh owner with one thing of each kind, and a fresh caller: what a call destroys is in no other one's way."""

    def __init__(self, shop: Shop, caller: str) -> None:
        self.shop = shop
        self.owner = shop.account()
        match caller:
            case "nobody":
                self.caller = shop.nobody
            case "owner":
                self.caller = self.owner.client
            case _:
                self.caller = shop.account(is_staff=caller == "staff").client

    def parameters(self, path: str) -> dict[str, Any]:
        """What stands in a path: the owner's things, and of the catalogue fresh ones."""
        return {
            "product_id": self.shop.product()["id"] if "{product_id}" in path else None,
            "category_id": self.shop.category()["id"] if "{category_id}" in path else None,
            "user_id": self.owner.user_id,
            "cart_id": self.shop.cart(self.owner.client, (1, 1))["id"],
            "address_id": made(self.owner.client.post("/api/users/me/addresses", json={}))["id"],
            "session_id": self.owner.client.get("/api/auth/sessions").json()[0]["id"],
            "name": "1.svg" if path.startswith("/pictures") else "electronics",
        }

    def body(self, method: str, path: str) -> Any:
        """A body that the route takes from whom it lets in."""
        if method in ("GET", "DELETE") or path == "/api/auth/logout-all":
            return None
        user = {"username": unique("new"), "email": f"{unique('new')}@example.com"}
        credentials = {"username": self.owner.name, "password": PASSWORD}
        refresh = {"refresh": self.owner.tokens["refresh"]}
        product = {"title": "T", "price": 1}
        bodies: dict[str, Any] = {
            "/api/auth/register": {**user, "password": PASSWORD},
            "/api/auth/login": credentials,
            "/api/auth/refresh": refresh,
            "/api/auth/logout": refresh,
            "/fakestoreapi/auth/login": credentials,
            "/api/products": product,
            "/api/products/{product_id}": product,
            "/api/products/{product_id}/rating": {"value": 4},
            "/api/categories": {"name": unique("new")},
            "/api/categories/{category_id}": {"name": unique("new")},
            "/api/users": {**user, "password": PASSWORD},
            "/api/users/{user_id}": user,
        }
        return bodies.get(path, {})


@pytest.mark.parametrize("cell", list(TABLE.cells()), ids=str)
def test_every_caller_of_every_route_gets_the_answer_of_the_table(cell: Cell, request: pytest.FixtureRequest) -> None:
    shop: Shop = request.getfixturevalue("shop" if cell.mode == "sandbox" else "private_shop")
    scene = Scene(shop, cell.caller)
    path = cell.path.format(**scene.parameters(cell.path))
    found = scene.caller.request(
        cell.method, path, params={"categoryIds": "1"}, json=scene.body(cell.method, cell.path)
    )
    cell.check(found)


def test_the_table_has_exactly_the_routes_of_the_store() -> None:
    TABLE.check_routes()


def test_who_may_not_see_it_learns_nothing_of_it(private_shop: Shop) -> None:
    """What is somebody else's answers like what is not there."""
    scene = Scene(private_shop, "stranger")
    parameters = scene.parameters("")
    for path, name in (
        ("/api/users/{}", "user_id"), ("/api/carts/{}", "cart_id"), ("/api/users/me/addresses/{}", "address_id"),
    ):  # fmt: skip
        for method in ("GET", "DELETE"):
            there, nowhere = (scene.caller.request(method, path.format(number)) for number in (parameters[name], 10**9))
            assert there.status_code == nowhere.status_code == 404
            assert there.text.replace(str(parameters[name]), "N") == nowhere.text.replace(str(10**9), "N")
