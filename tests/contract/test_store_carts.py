"""The carts of the store: what is shown, who may write, and the PATCH that does five things or none."""

from typing import Any

import pytest

from tests.contract.shop import NO_IDS, OWNER_ID, STRANGER_ID, UNKNOWN, Shop, invalid, made, missing, refusal

BIG = 2**63 - 1
DATES = (
    "2025-02-30",
    "2025-13-01",
    "soon",
    "",
    "0",
    "86400",
    "2025-9-1",
    "2025-09-12T25:00",
    "+10000-01-01",
    "x" * 5000,
)


def lines(cart: dict[str, Any]) -> list[tuple[int, int]]:
    return [(line["productId"], line["quantity"]) for line in cart["items"]]


def test_a_cart_in_the_shape_of_the_contract(shop: Shop) -> None:
    assert shop.nobody.get("/api/carts/1/").json() == {
        "id": 1,
        "userId": 1,
        "date": "2020-02-11",
        "items": [
            line(shop, 2, 1, "Ridgeline Rain Jacket", 129.0),
            line(shop, 9, 1, shop.nobody.get("/api/products/9").json()["title"], 189.0),
            line(shop, 4, 2, "Foundry Straight Jeans", 89.95),
        ],
        "total": 497.9,
    }


def line(shop: Shop, product_id: int, quantity: int, title: str, price: float) -> dict[str, Any]:
    image = f"{shop.nobody.base_url}/pictures/{product_id}.svg"
    product = {"id": product_id, "title": title, "price": price, "image": image}
    return {"productId": product_id, "quantity": quantity, "product": product}


def test_carts_of_all_and_of_one_user(shop: Shop) -> None:
    everyones = shop.nobody.get("/api/carts/").json()
    assert [cart["id"] for cart in everyones][:7] == [1, 2, 3, 4, 5, 6, 7]
    own = [cart for cart in everyones if cart["userId"] == 4]
    for address in (
        "/api/carts/?userId=4",
        "/api/carts/?user_id=4",
        "/api/carts/users/4/",
        "/api/carts/?userId=4&user_id=1",
    ):
        assert shop.nobody.get(address).json() == own
    for address in (
        f"/api/carts/?userId={UNKNOWN}",
        f"/api/carts/users/{UNKNOWN}/",
        f"/api/carts/?user_id={2**63 - 1}",
    ):
        assert shop.nobody.get(address).json() == []


@pytest.mark.parametrize("user_id", ["abc", "", "-1", str(2**63), "9" * 5000, "1.5", "1,2"])
@pytest.mark.parametrize("name", ["userId", "user_id"])
def test_a_user_id_in_the_query_that_is_none(shop: Shop, name: str, user_id: str) -> None:
    invalid(shop.nobody.get("/api/carts/", params={name: user_id}), name)


@pytest.mark.parametrize("user_id", [one for one in NO_IDS if one not in ("0", str(UNKNOWN))])
def test_a_user_id_in_the_path_that_is_none(shop: Shop, user_id: str) -> None:
    missing(shop.nobody.get(f"/api/carts/users/{user_id}/"))


@pytest.mark.parametrize("cart_id", NO_IDS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_id_of_no_cart_is_not_found(shop: Shop, method: str, cart_id: str) -> None:
    body = {} if method in ("PUT", "PATCH") else None
    is_id = cart_id.isdigit() and int(cart_id) < 2**63
    found = shop.staff.request(method, f"/api/carts/{cart_id}/", json=body)
    error = missing(found, "Cart not found" if is_id else "Not found")
    if is_id:
        assert error["details"] == {"id": cart_id}


@pytest.mark.parametrize("name", ["products", "items"])
def test_a_cart_is_its_callers(shop: Shop, name: str) -> None:
    body = {"userId": 1, "id": 1, "date": "2024-02-29", name: [{"productId": 8, "quantity": 3}, {"productId": 1}]}
    cart = made(shop.owner.post("/api/carts/", json=body))
    assert (cart["userId"], cart["date"], lines(cart)) == (OWNER_ID, "2024-02-29", [(8, 3), (1, 1)])
    assert cart["total"] == 109.87  # 3 * 19.99 + 49.90
    assert cart["id"] > 7
    assert shop.nobody.get(f"/api/carts/{cart['id']}/").json() == cart


def test_an_empty_body_is_an_empty_cart_of_today(shop: Shop) -> None:
    cart = made(shop.owner.post("/api/carts/", json={}))
    assert (cart["items"], cart["total"]) == ([], 0.0)
    assert cart["date"] in shop.nobody.get("/health").json()["timestamp"]


def test_lines_that_name_one_product_are_one_line(shop: Shop) -> None:
    cart = shop.cart(shop.owner, (5, 2), (6, 1), (5, 3))
    assert lines(cart) == [(5, 5), (6, 1)]


def test_products_or_items_but_not_both(shop: Shop) -> None:
    body: dict[str, Any] = {"products": [], "items": []}
    for method, path in (("POST", "/api/carts"), ("PUT", f"/api/carts/{shop.cart(shop.owner)['id']}")):
        assert "not both" in str(invalid(shop.owner.request(method, path, json=body))["details"])


def test_put_replaces_date_and_lines(shop: Shop) -> None:
    cart = shop.cart(shop.owner, (1, 1), (2, 2), date="2020-01-01")
    path = f"/api/carts/{cart['id']}/"
    replaced = shop.owner.put(
        path, json={"date": "2021-01-01", "products": [{"productId": 2, "quantity": 5}], "userId": 3}
    )
    assert replaced.status_code == 200
    assert (replaced.json()["date"], lines(replaced.json())) == ("2021-01-01", [(2, 5)])
    assert replaced.json()["userId"] == OWNER_ID
    emptied = shop.owner.put(path, json={})
    assert (emptied.status_code, emptied.json()["items"], emptied.json()["date"]) == (200, [], "2021-01-01")


def test_a_deleted_cart_is_gone(shop: Shop) -> None:
    path = f"/api/carts/{shop.cart(shop.owner, (1, 1))['id']}/"
    gone = shop.owner.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    missing(shop.owner.delete(path), "Cart not found")
    missing(shop.nobody.get(path), "Cart not found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_somebody_elses_cart_is_none_to_write(shop: Shop, method: str) -> None:
    cart = shop.cart(shop.owner, (1, 1))
    path = f"/api/carts/{cart['id']}/"
    missing(shop.stranger.request(method, path, json={"remove": [1]} if method == "PATCH" else {}), "Cart not found")
    assert shop.nobody.get(path).json() == cart
    done = shop.staff.request(method, path, json=None if method == "DELETE" else {})
    assert done.status_code == (204 if method == "DELETE" else 200)


# PATCH


def test_add_then_update_then_remove_then_date_then_owner(shop: Shop) -> None:
    cart = shop.cart(shop.owner, (1, 1), (2, 2), (3, 3), date="2020-01-01")
    body = {
        "userId": STRANGER_ID,
        "date": "2025-09-12T10:00:00Z",
        "remove": [3, 6],
        "update": [{"productId": 2, "quantity": 7}, {"productId": 5, "quantity": 4}],
        "add": [{"productId": 1, "quantity": 2}, {"productId": 2, "quantity": 100}, {"productId": 6, "quantity": 9}],
    }
    changed = shop.owner.patch(f"/api/carts/{cart['id']}/", json=body)
    assert changed.status_code == 200
    found = changed.json()
    assert lines(found) == [(1, 3), (2, 7), (5, 4)]
    assert (found["date"], found["userId"]) == ("2025-09-12", STRANGER_ID)
    assert shop.nobody.get(f"/api/carts/{cart['id']}/").json() == found
    missing(shop.owner.patch(f"/api/carts/{cart['id']}/", json={}), "Cart not found")


def test_update_goes_after_add_and_remove_after_update(shop: Shop) -> None:
    path = f"/api/carts/{shop.cart(shop.owner)['id']}/"

    def patched(**body: Any) -> list[tuple[int, int]]:
        return lines(shop.owner.patch(path, json=body).json())

    one = {"productId": 4, "quantity": 1}
    assert patched(add=[one, one], update=[{**one, "quantity": 9}]) == [(4, 9)]
    assert patched(update=[{**one, "quantity": 3}, {**one, "quantity": 2}]) == [(4, 2)], "the last one stands"
    assert patched(add=[one, one]) == [(4, 4)]
    assert patched(add=[one], update=[one], remove=[4, 4]) == []
    assert patched(remove=[4]) == []
    assert patched() == []


GOOD = {
    "add": [{"productId": 1, "quantity": 1}], "update": [{"productId": 2, "quantity": 9}], "remove": [3],
    "date": "2025-01-01",
}  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "message", "details"),
    [
        ({"add": [{"productId": UNKNOWN}]}, "Some product IDs do not exist", {"missing": [UNKNOWN]}),
        ({"update": [{"productId": 999}, {"productId": 0}]}, "Some product IDs do not exist", {"missing": [0, 999]}),
        ({"add": [{"productId": 1, "quantity": -5}]}, "Invalid quantity", {"productId": 1, "quantity": -5}),
        ({"update": [{"productId": 2, "quantity": 0}]}, "Invalid quantity", {"productId": 2, "quantity": 0}),
        ({"add": [{"productId": 1, "quantity": 2**31}]}, "Invalid quantity", {"productId": 1, "quantity": 2**31}),
        ({"update": [{"productId": 1, "quantity": BIG}]}, "Invalid quantity", {"productId": 1, "quantity": BIG}),
        ({"userId": UNKNOWN}, "User does not exist", {"userId": UNKNOWN}),
        ({"userId": 0}, "User does not exist", {"userId": 0}),
    ],
)  # fmt: skip
def test_all_or_nothing(shop: Shop, bad: dict[str, Any], message: str, details: dict[str, Any]) -> None:
    cart = shop.cart(shop.owner, (1, 1), (2, 2), (3, 3), date="2020-01-01")
    path = f"/api/carts/{cart['id']}/"
    before = shop.nobody.get(path)
    error = invalid(shop.owner.patch(path, json={**GOOD, **bad}))
    assert (error["message"], error["details"]) == (message, details)
    after = shop.nobody.get(path)
    assert (after.json(), after.headers["etag"]) == (cart, before.headers["etag"])


def test_a_sum_of_quantities_has_the_same_limit(shop: Shop) -> None:
    cart = shop.cart(shop.owner, (1, 1_000_000))
    error = invalid(shop.owner.patch(f"/api/carts/{cart['id']}/", json={"add": [{"productId": 1}]}))
    assert error["details"] == {"productId": 1, "quantity": 1_000_001}
    twice = [{"productId": 1, "quantity": 600_000}] * 2
    assert invalid(shop.owner.post("/api/carts/", json={"products": twice}))["details"]["quantity"] == 1_200_000
    removed = shop.owner.patch(f"/api/carts/{cart['id']}/", json={"add": [{"productId": 1}], "remove": [1]})
    assert lines(removed.json()) == []


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 2**31, 2**63 - 1, -(2**63) + 1])
def test_a_quantity_out_of_range_in_a_whole_cart(shop: Shop, quantity: int) -> None:
    body = {"products": [{"productId": 1, "quantity": quantity}]}
    for method, path in (("POST", "/api/carts/"), ("PUT", f"/api/carts/{shop.cart(shop.owner)['id']}/")):
        error = invalid(shop.owner.request(method, path, json=body))
        assert (error["message"], error["details"]) == ("Invalid quantity", {"productId": 1, "quantity": quantity})


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30, 1.5, "one", "", None, True, [], {}])
def test_a_number_of_the_wrong_kind_in_a_line(shop: Shop, number: Any) -> None:
    for name in ("productId", "quantity"):
        wrong = {"productId": 1, "quantity": 1, name: number}
        invalid(shop.owner.post("/api/carts/", json={"products": [wrong]}), f"products.0.{name}")
        invalid(shop.owner.patch("/api/carts/3/", json={"add": [wrong]}), f"add.0.{name}")
        invalid(shop.owner.patch("/api/carts/3/", json={"update": [{"productId": 1}, wrong]}), f"update.1.{name}")
    invalid(shop.owner.patch("/api/carts/3/", json={"remove": [1, number]}), "remove.1")
    if number is not None:
        invalid(shop.owner.patch("/api/carts/3/", json={"userId": number}), "userId")


def test_unknown_products_in_a_whole_cart(shop: Shop) -> None:
    body = {"products": [{"productId": UNKNOWN}, {"productId": 1}, {"productId": 999}, {"productId": 999}]}
    for method, path in (("POST", "/api/carts/"), ("PUT", f"/api/carts/{shop.cart(shop.owner)['id']}/")):
        error = invalid(shop.owner.request(method, path, json=body))
        assert error["details"] == {"missing": [999, UNKNOWN]}


@pytest.mark.parametrize("given", [1, "1", {}, {"productId": 1}, [1], ["1"], [[]], [None], [{}], [{"id": 1}]])
def test_lines_of_the_wrong_kind(shop: Shop, given: Any) -> None:
    for body in ({"products": given}, {"items": given}):
        invalid(shop.owner.post("/api/carts/", json=body))
    for name in ("add", "update"):
        invalid(shop.owner.patch("/api/carts/3/", json={name: given}))


def test_more_lines_than_a_cart_may_have(shop: Shop) -> None:
    too_many = [{"productId": 1}] * 1001
    invalid(shop.owner.post("/api/carts/", json={"products": too_many}), "products")
    invalid(shop.owner.patch("/api/carts/3/", json={"add": too_many}), "add")
    invalid(shop.owner.patch("/api/carts/3/", json={"remove": [1] * 1001}), "remove")
    assert lines(made(shop.owner.post("/api/carts/", json={"products": too_many[1:]}))) == [(1, 1000)]


def test_lines_stay_in_the_order_in_which_they_came(shop: Shop) -> None:
    products = [shop.product()["id"] for _ in range(3)]
    cart = shop.cart(shop.owner, *[(product_id, 1) for product_id in products])
    added = shop.owner.patch(
        f"/api/carts/{cart['id']}/", json={"add": [{"productId": 1}], "update": [{"productId": 2}]}
    )
    assert lines(added.json()) == [*((product_id, 1) for product_id in products), (1, 1), (2, 1)]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2025-09-12", "2025-09-12"), ("2025-09-12T10:00:00Z", "2025-09-12"), ("2024-02-29T23:59:59", "2024-02-29"),
        ("2025-09-12T00:30:00+14:00", "2025-09-12"), ("0001-01-01", "0001-01-01"), ("9999-12-31", "9999-12-31"),
        ("2020-03-02T00:00:00.000Z", "2020-03-02"), ("20250912", "2025-09-12"), ("2025-09-12 10:00", "2025-09-12"),
    ],
)  # fmt: skip
def test_the_date_part_is_kept(shop: Shop, given: str, kept: str) -> None:
    cart = made(shop.owner.post("/api/carts/", json={"date": given}))
    assert cart["date"] == kept
    path = f"/api/carts/{cart['id']}/"
    shop.owner.put(path, json={"date": "2000-01-01"})
    assert shop.owner.patch(path, json={"date": given}).json()["date"] == kept


@pytest.mark.parametrize("date", [*DATES, 0, 20250912, 1.5, True, [], {}])
def test_a_date_that_does_not_exist(shop: Shop, date: Any) -> None:
    cart = shop.cart(shop.owner)
    for method, path in (
        ("POST", "/api/carts/"),
        ("PUT", f"/api/carts/{cart['id']}/"),
        ("PATCH", f"/api/carts/{cart['id']}/"),
    ):
        invalid(shop.owner.request(method, path, json={"date": date}), "date")


def test_a_cart_goes_with_its_user(shop: Shop) -> None:
    user = shop.account()
    cart = shop.cart(user.client, (1, 1))
    assert shop.staff.delete(f"/api/users/{user.user_id}/").status_code == 204
    missing(shop.nobody.get(f"/api/carts/{cart['id']}/"), "Cart not found")


# Private mode


def test_in_private_mode_carts_are_their_owners(private_shop: Shop) -> None:
    shop = private_shop
    assert [cart["id"] for cart in shop.owner.get("/api/carts/").json()] == [3]
    assert shop.owner.get(f"/api/carts/?userId={STRANGER_ID}").json() == []
    assert [cart["id"] for cart in shop.staff.get(f"/api/carts/?userId={STRANGER_ID}").json()] == [4, 5]
    missing(shop.owner.get(f"/api/carts/users/{STRANGER_ID}/"), "User not found")
    missing(shop.owner.get("/api/carts/4/"), "Cart not found")
    refusal(shop.nobody.get("/api/carts/4/"), 401, "UNAUTHORIZED")


def test_in_private_mode_only_staff_gives_carts_away(private_shop: Shop) -> None:
    shop = private_shop
    cart = shop.cart(shop.owner, (1, 1))
    path = f"/api/carts/{cart['id']}/"
    refusal(shop.owner.patch(path, json={"add": [{"productId": 2}], "userId": STRANGER_ID}), 403, "FORBIDDEN")
    assert shop.owner.get(path).json() == cart
    assert shop.owner.patch(path, json={"userId": OWNER_ID}).json() == cart, "to oneself is no gift"
    assert shop.staff.patch(path, json={"userId": STRANGER_ID}).json()["userId"] == STRANGER_ID
    missing(shop.owner.get(path), "Cart not found")
