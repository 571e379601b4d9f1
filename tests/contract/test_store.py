"""The catalogue of the store: products, categories and ratings, as the contract has them."""

from typing import Any

import pytest

from tests.contract.shop import NO_IDS, UNKNOWN, Shop, invalid, made, missing, refusal, unique

SHIRT = {"title": "Shirt", "price": 12.99, "description": "Linen.", "image": "http://example.com/1.png"}


def test_a_product_in_the_shape_of_the_contract(shop: Shop) -> None:
    found = shop.nobody.get("/api/products/1/").json()
    assert found == {
        "id": 1,
        "title": "Harbour Oxford Shirt",
        "price": 49.9,
        "description": found["description"],
        "image": f"{shop.nobody.base_url}/pictures/1.svg",
        "category": "men's clothing",
        "categories": [{"id": 3, "name": "men's clothing"}],
        "rating": {"rate": 4.3, "count": 212},
    }


@pytest.mark.parametrize("product_id", NO_IDS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_id_of_no_product_is_not_found(shop: Shop, method: str, product_id: str) -> None:
    body = SHIRT if method == "PUT" else {} if method == "PATCH" else None
    missing(shop.staff.request(method, f"/api/products/{product_id}/", json=body), message(product_id, "Product"))


def test_an_unknown_product_is_named_as_in_the_seed(shop: Shop) -> None:
    found = shop.nobody.get("/api/products/99999/")
    assert found.status_code == 404
    assert found.json() == {
        "error": {"code": "NOT_FOUND", "message": "Product not found", "details": {"id": "99999"}}
    }  # fmt: skip


def test_a_product_is_made_as_in_the_seed(shop: Shop) -> None:
    body = {
        "title": "Test Product", "description": "Desc", "price": "12.99", "image": "http://example.com/img.png",
        "categories": [1, 2],
    }  # fmt: skip
    product = made(shop.staff.post("/api/products/", json=body))
    assert product == {
        **body,
        "id": product["id"],
        "price": 12.99,
        "category": "electronics",
        "categories": [{"id": 1, "name": "electronics"}, {"id": 2, "name": "jewelery"}],
        "rating": {"rate": 0.0, "count": 0},
    }
    assert shop.nobody.get(f"/api/products/{product['id']}/").json() == product


def test_the_first_category_names_the_product(shop: Shop) -> None:
    product = shop.product(categories=[4, 2, 4])
    assert product["category"] == "women's clothing"
    assert [category["id"] for category in product["categories"]] == [4, 2]


def test_a_product_without_categories_has_none(shop: Shop) -> None:
    product = shop.product()
    assert (product["category"], product["categories"]) == ("", [])


def test_an_id_in_a_body_is_ignored(shop: Shop) -> None:
    for given in (1, "one", None, {"of": ["any", "kind"]}):
        product = shop.product(id=given)
        assert product["id"] > 20
        changed = shop.staff.patch(f"/api/products/{product['id']}/", json={"id": given}).json()
        assert changed == product


@pytest.mark.parametrize(
    ("price", "shown"),
    [(0.01, 0.01), ("0.10", 0.1), (1, 1.0), ("1e2", 100.0), (9999999999.99, 9999999999.99), (0.29, 0.29)],
)
def test_prices_are_exact_to_the_cent(shop: Shop, price: Any, shown: float) -> None:
    product = shop.product(price=price)
    assert product["price"] == shown
    assert isinstance(product["price"], float)


@pytest.mark.parametrize(
    "price", [0, -1, 0.001, "0.999", 1e11, "NaN", "Infinity", "-Infinity", "", "ten", None, [], {}, True, "1" * 5000]
)
def test_other_prices_are_refused(shop: Shop, price: Any) -> None:
    invalid(shop.staff.post("/api/products/", json={**SHIRT, "price": price}), "price")
    invalid(shop.staff.patch("/api/products/1/", json={"price": price}), "price")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", None), ("title", 7), ("title", "x" * 501), ("description", None),
        ("description", "x" * 20_001), ("image", ["a.png"]), ("image", "x" * 2_001), ("categories", None),
        ("categories", 1), ("categories", "1,2"), ("categories", {"id": 1}), ("categories", [1] * 101),
    ],
)  # fmt: skip
def test_a_field_of_the_wrong_kind_is_named(shop: Shop, field: str, value: Any) -> None:
    for method, path in (("POST", "/api/products/"), ("PUT", "/api/products/1/"), ("PATCH", "/api/products/1/")):
        invalid(shop.staff.request(method, path, json={**SHIRT, field: value}), field)


@pytest.mark.parametrize("category", [0, -1, 2**63, "first", None, 1.5, {"id": 1}, True])
def test_a_category_of_the_wrong_kind_is_named(shop: Shop, category: Any) -> None:
    invalid(shop.staff.post("/api/products/", json={**SHIRT, "categories": [1, category]}), "categories.1")


def test_a_title_as_long_as_may_be(shop: Shop) -> None:
    title = "é" * 500
    assert shop.product(title=title)["title"] == title


def test_unknown_categories_are_refused_as_in_the_seed(shop: Shop) -> None:
    expected = {"code": "VALIDATION_ERROR", "message": "Some category IDs do not exist"}
    product = shop.product(categories=[1])
    for method, path in (
        ("POST", "/api/products/"),
        ("PUT", f"/api/products/{product['id']}/"),
        ("PATCH", f"/api/products/{product['id']}/"),
    ):
        found = shop.staff.request(method, path, json={**SHIRT, "categories": [2, UNKNOWN, 999, 999]})
        assert invalid(found) == {**expected, "details": {"missing": [999, UNKNOWN]}}
    assert shop.nobody.get(f"/api/products/{product['id']}/").json() == product


def test_missing_and_unknown_fields_are_named(shop: Shop) -> None:
    error = invalid(shop.staff.post("/api/products/", json={}), "missing")
    assert (error["message"], error["details"]) == ("Missing fields", {"missing": ["title", "price"]})
    error = invalid(shop.staff.put("/api/products/1/", json={"title": "x"}))
    assert (error["message"], error["details"]) == ("Missing fields", {"missing": ["price"]})
    invalid(shop.staff.post("/api/products/", json={**SHIRT, "colour": "red", "rating": 5}), "colour", "rating")
    invalid(shop.staff.patch("/api/products/1/", json={"colour": "red"}), "colour")


def test_put_replaces_and_patch_changes_some(shop: Shop) -> None:
    product = shop.product(description="Long", image="a.png", categories=[1])
    path = f"/api/products/{product['id']}/"
    patched = shop.staff.patch(path, json={"title": "Other"})
    assert patched.status_code == 200
    assert patched.json() == {**product, "title": "Other"}
    put = shop.staff.put(path, json={"title": "Third", "price": 3})
    assert put.status_code == 200
    assert put.json() == {
        **product, "title": "Third", "price": 3.0, "description": "", "image": "", "category": "", "categories": [],
    }  # fmt: skip
    assert shop.nobody.get(path).json() == put.json()


def test_a_deleted_product_is_gone(shop: Shop) -> None:
    path = f"/api/products/{shop.product()['id']}/"
    gone = shop.staff.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    for method in ("GET", "DELETE"):
        missing(shop.staff.request(method, path), "Product not found")


def test_a_deleted_product_leaves_carts_lists_and_counts(shop: Shop) -> None:
    product = shop.product(categories=[2])
    cart = shop.cart(shop.owner, (product["id"], 2), (1, 1))
    before = shop.nobody.get("/api/products/").json()["count"]
    shop.staff.delete(f"/api/products/{product['id']}/")
    assert [line["productId"] for line in shop.nobody.get(f"/api/carts/{cart['id']}/").json()["items"]] == [1]
    assert shop.nobody.get("/api/products/").json()["count"] == before - 1


# Ratings


def test_the_summary_of_ratings(shop: Shop) -> None:
    found = shop.nobody.get("/api/products/5/rating/")
    assert found.status_code == 200
    assert found.json() == {"productId": 5, "rating": {"rate": 4.7, "count": 64}, "userRating": None}


def test_a_caller_rates_once_and_may_change_it(shop: Shop) -> None:
    product_id = shop.product()["id"]
    path = f"/api/products/{product_id}/rating/"

    def summary(rate: float, count: int, own: float | None) -> dict[str, Any]:
        return {"productId": product_id, "rating": {"rate": rate, "count": count}, "userRating": own}

    assert made(shop.owner.post(path, json={"value": 5})) == summary(5.0, 1, 5.0)
    assert made(shop.owner.post(path, json={"value": 4})) == summary(4.0, 1, 4.0)
    assert made(shop.stranger.post(path, json={"value": 1.5})) == summary(2.8, 2, 1.5)  # 2.75, half up
    assert shop.owner.get(path).json() == summary(2.8, 2, 4.0)
    assert shop.nobody.get(path).json() == summary(2.8, 2, None)
    for _ in range(2):  # again is fine
        taken_back = shop.owner.delete(path)
        assert (taken_back.status_code, taken_back.json()) == (200, summary(1.5, 1, None))
    assert shop.stranger.delete(path).json() == summary(0.0, 0, None)


@pytest.mark.parametrize("value", [0, 5, "3", 0.1])
def test_ratings_from_0_to_5(shop: Shop, value: Any) -> None:
    path = f"/api/products/{shop.product()['id']}/rating/"
    assert made(shop.owner.post(path, json={"value": value}))["userRating"] == float(value)


@pytest.mark.parametrize("value", [-0.1, 5.1, 6, 1e300, "NaN", "five", None, [], True, 4.25])
def test_other_ratings_are_refused(shop: Shop, value: Any) -> None:
    invalid(shop.owner.post("/api/products/6/rating/", json={"value": value}), "value")
    assert shop.owner.get("/api/products/6/rating/").json()["userRating"] is None


def test_a_rating_needs_a_value_and_nothing_else(shop: Shop) -> None:
    assert invalid(shop.owner.post("/api/products/6/rating/", json={}))["details"] == {"missing": ["value"]}
    invalid(shop.owner.post("/api/products/6/rating/", json={"value": 3, "userId": 1}), "userId")


@pytest.mark.parametrize("product_id", NO_IDS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_no_product_no_rating(shop: Shop, method: str, product_id: str) -> None:
    body = {"value": 3} if method == "POST" else None
    found = shop.owner.request(method, f"/api/products/{product_id}/rating/", json=body)
    missing(found, message(product_id, "Product"))


def test_the_ratings_of_a_user_who_goes_are_taken_back(shop: Shop) -> None:
    product_id = shop.product()["id"]
    user = shop.account()
    user.client.post(f"/api/products/{product_id}/rating", json={"value": 1})
    shop.owner.post(f"/api/products/{product_id}/rating", json={"value": 5})
    assert shop.staff.delete(f"/api/users/{user.user_id}/").status_code == 204
    assert shop.nobody.get(f"/api/products/{product_id}/").json()["rating"] == {"rate": 5.0, "count": 1}


# Categories


def test_categories_are_an_array(shop: Shop) -> None:
    found = shop.nobody.get("/api/categories/")
    assert found.status_code == 200
    assert found.json()[:4] == [
        {"id": 1, "name": "electronics"},
        {"id": 2, "name": "jewelery"},
        {"id": 3, "name": "men's clothing"},
        {"id": 4, "name": "women's clothing"},
    ]


def test_the_life_of_a_category(shop: Shop) -> None:
    name = unique("hats")
    category = made(shop.staff.post("/api/categories/", json={"name": name, "id": 1}))
    path = f"/api/categories/{category['id']}/"
    assert category == {"id": category["id"], "name": name}
    assert shop.nobody.get(path).json() == category
    assert shop.staff.put(path, json={"name": f"{name} a"}).json()["name"] == f"{name} a"
    assert shop.staff.patch(path, json={"name": f"{name} b"}).json()["name"] == f"{name} b"
    assert shop.staff.patch(path, json={}).json()["name"] == f"{name} b"
    gone = shop.staff.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    missing(shop.nobody.get(path), "Category not found")


@pytest.mark.parametrize("category_id", NO_IDS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_id_of_no_category_is_not_found(shop: Shop, method: str, category_id: str) -> None:
    body = {"name": unique("none")} if method in ("PUT", "PATCH") else None
    missing(shop.staff.request(method, f"/api/categories/{category_id}/", json=body), message(category_id, "Category"))


def test_a_used_name_is_a_conflict(shop: Shop) -> None:
    path = f"/api/categories/{shop.category()['id']}/"
    for found in (
        shop.staff.post("/api/categories/", json={"name": "jewelery"}),
        shop.staff.put(path, json={"name": "jewelery"}),
        shop.staff.patch(path, json={"name": "jewelery"}),
    ):
        error = refusal(found, 409, "CONFLICT")
        assert error["details"] == {"name": "jewelery"}


def test_a_category_may_keep_its_name(shop: Shop) -> None:
    category = shop.category()
    assert shop.staff.put(f"/api/categories/{category['id']}/", json={"name": category["name"]}).json() == category


@pytest.mark.parametrize("name", ["", None, 1, [], "x" * 201, True])
def test_other_names_are_refused(shop: Shop, name: Any) -> None:
    for method, path in (("POST", ""), ("PUT", "/1"), ("PATCH", "/1")):
        invalid(shop.staff.request(method, f"/api/categories{path}", json={"name": name}), "name")


def test_a_category_in_use_is_only_unlinked(shop: Shop) -> None:
    category = shop.category()
    product = shop.product(categories=[category["id"], 1])
    assert product["category"] == category["name"]
    assert shop.staff.delete(f"/api/categories/{category['id']}/").status_code == 204
    left = shop.nobody.get(f"/api/products/{product['id']}/").json()
    assert left == {**product, "category": "electronics", "categories": [{"id": 1, "name": "electronics"}]}
    assert shop.nobody.get("/api/products/", params={"category": category["name"]}).json()["count"] == 0


def test_a_new_name_shows_on_the_products(shop: Shop) -> None:
    category = shop.category()
    product = shop.product(categories=[category["id"]])
    name = unique("renamed")
    shop.staff.patch(f"/api/categories/{category['id']}/", json={"name": name})
    assert shop.nobody.get(f"/api/products/{product['id']}/").json()["category"] == name


def message(given: str, noun: str) -> str:
    """An id that a row could have is looked for; one that none can have is as good as an unknown path."""
    is_id = given.isdigit() and int(given) < 2**63
    return f"{noun} not found" if is_id else "Not found"
