"""A client written for fakestoreapi.com, with its base URL changed."""

from typing import Any

import pytest

FACADE = "/fakestoreapi"
CATEGORIES = ["electronics", "jewelery", "men's clothing", "women's clothing"]
ID_OF_NO_ROW = 10**6


def ids(found: Any) -> list[int]:
    return [each["id"] for each in found.json()]


def error(found: Any) -> dict[str, Any]:
    body: dict[str, Any] = found.json()["error"]
    assert set(body) == {"code", "message", "details"}
    return body


def test_products_are_a_bare_array_in_the_shape_of_the_site(store: Any) -> None:
    found = store.get(f"{FACADE}/products")
    assert found.status_code == 200
    assert len(found.json()) >= 20
    first = found.json()[0]
    assert set(first) == {"id", "title", "price", "description", "category", "image", "rating"}
    assert set(first["rating"]) == {"rate", "count"}
    assert isinstance(first["price"], float)
    assert first["category"] in CATEGORIES


def test_a_product_is_the_one_of_the_store(store: Any) -> None:
    theirs = store.get(f"{FACADE}/products/7").json()
    ours = store.get("/api/products/7/").json()
    assert {name: theirs[name] for name in ("id", "title", "price", "category", "rating")} == {
        name: ours[name] for name in ("id", "title", "price", "category", "rating")
    }


def test_pictures_are_found_from_other_hosts(store: Any) -> None:
    address = store.get(f"{FACADE}/products/1").json()["image"]
    assert address.startswith("http")
    picture = store.get(address)
    assert picture.status_code == 200
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@pytest.mark.parametrize("name", ["0", "21", "01", "1.png", "..%2F1", "%2e%2e"])
def test_other_pictures_are_not_found(store: Any, name: str) -> None:
    found = store.get(f"/pictures/{name}.svg")
    assert found.status_code == 404
    assert error(found)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("kind", ["products", "carts", "users"])
def test_limit_and_sort(store: Any, kind: str) -> None:
    everything = ids(store.get(f"{FACADE}/{kind}"))
    assert everything == sorted(everything)
    assert ids(store.get(f"{FACADE}/{kind}?limit=5")) == everything[:5]
    assert ids(store.get(f"{FACADE}/{kind}?sort=desc")) == everything[::-1]
    assert ids(store.get(f"{FACADE}/{kind}?sort=desc&limit=2")) == everything[:-3:-1]


@pytest.mark.parametrize("limit", ["", "0", "-3", "many", "9" * 5000])
def test_a_limit_that_is_none_is_none(store: Any, limit: str) -> None:
    assert len(store.get(f"{FACADE}/users?limit={limit}").json()) >= 10


@pytest.mark.parametrize("sort", ["asc", "desc"])
def test_a_walk_by_link_shows_every_row_once(store: Any, sort: str) -> None:
    seen: list[int] = []
    found = store.get(f"{FACADE}/products?limit=7&sort={sort}")
    while True:
        seen += ids(found)
        if "next" not in found.links:
            break
        found = store.get(found.links["next"]["url"])
    assert seen == ids(store.get(f"{FACADE}/products?sort={sort}"))


def test_categories_are_names_in_alphabetical_order(store: Any) -> None:
    found = store.get(f"{FACADE}/products/categories").json()
    assert found == sorted(found)
    assert set(CATEGORIES) <= set(found)


@pytest.mark.parametrize("category", CATEGORIES)
def test_products_of_a_category(store: Any, category: str) -> None:
    found = store.get(f"{FACADE}/products/category/{category}").json()
    assert found
    assert {product["category"] for product in found} == {category}
    assert len(store.get(f"{FACADE}/products/category/{category}?limit=1").json()) == 1


def test_products_of_an_unknown_category(store: Any) -> None:
    assert store.get(f"{FACADE}/products/category/boats").json() == []


def test_a_cart_in_the_shape_of_the_site(store: Any) -> None:
    cart = store.get(f"{FACADE}/carts/1").json()
    assert set(cart) == {"id", "userId", "date", "products", "__v"}
    assert cart["date"] == "2020-02-11T00:00:00.000Z"
    assert cart["products"][0] == {"productId": 2, "quantity": 1}


def test_carts_in_a_span_of_time(store: Any) -> None:
    found = store.get(f"{FACADE}/carts?startdate=2020-02-11&enddate=2020-03-17").json()
    assert [cart["id"] for cart in found] == [1], "from startdate on, and before enddate"
    assert ids(store.get(f"{FACADE}/carts?startdate=2020-2-11&enddate=2020-03-17T00:00:01Z")) == [1, 3]
    assert ids(store.get(f"{FACADE}/carts?enddate=2020-01-07")) == [4]


@pytest.mark.parametrize("date", ["soon", "2020-13-01", "2020-02-30", "0001-01-01T00:00:00%2B14:00"])
def test_a_date_that_is_none(store: Any, date: str) -> None:
    found = store.get(f"{FACADE}/carts?startdate={date}")
    assert found.status_code == 400
    assert list(error(found)["details"]) == ["startdate"]


def test_carts_of_a_user(store: Any) -> None:
    assert ids(store.get(f"{FACADE}/carts/user/1")) == [1, 2]
    assert ids(store.get(f"{FACADE}/carts/user/1?startdate=2020-05-01")) == [2]
    assert store.get(f"{FACADE}/carts/user/{ID_OF_NO_ROW}").json() == []


def test_a_user_in_the_shape_of_the_site_without_the_password(store: Any) -> None:
    user = store.get(f"{FACADE}/users/2").json()
    assert set(user) == {"address", "id", "email", "username", "name", "phone", "__v"}
    assert set(user["address"]) == {"geolocation", "city", "street", "number", "zipcode"}
    assert set(user["address"]["geolocation"]) == {"lat", "long"}
    assert set(user["name"]) == {"firstname", "lastname"}
    assert "password" not in store.get(f"{FACADE}/users").text


@pytest.mark.parametrize("kind", ["products", "carts", "users"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("number", [0, ID_OF_NO_ROW, 10**30])
def test_an_unknown_id_is_null(store: Any, kind: str, method: str, number: int) -> None:
    found = store.request(method, f"{FACADE}/{kind}/{number}")
    assert found.status_code == 200
    assert found.json() is None


def test_an_id_that_is_no_number(store: Any) -> None:
    assert store.get(f"{FACADE}/products/shirt").json() is None
    for kind, noun in (("carts", "cart"), ("users", "user")):
        found = store.get(f"{FACADE}/{kind}/first")
        assert found.status_code == 400
        assert error(found)["message"] == f"{noun} id should be provided"


SENT: dict[str, dict[str, Any]] = {
    "products": {"title": "test product", "price": 13.5, "description": "lorem", "image": "x.png", "category": "e"},
    "carts": {"userId": 5, "date": "2020-02-03", "products": [{"productId": 5, "quantity": 1}]},
    "users": {"email": "a@example.com", "username": "a", "name": {"firstname": "A"}, "address": {"city": "x"}},
}


@pytest.mark.parametrize("kind", SENT)
def test_post_answers_the_object_with_the_next_id_and_changes_nothing(store: Any, kind: str) -> None:
    before = store.get(f"{FACADE}/{kind}").json()
    for _ in range(2):
        found = store.post(f"{FACADE}/{kind}", json={**SENT[kind], "id": 3, "unknown": True, "password": "secret"})
        assert found.status_code == 201
        assert found.json() == {**SENT[kind], "id": found.json()["id"]}
        assert found.json()["id"] > max(row["id"] for row in before)
    assert store.get(f"{FACADE}/{kind}").json() == before


@pytest.mark.parametrize("kind", SENT)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_put_and_patch_answer_what_was_sent_and_change_nothing(store: Any, kind: str, method: str) -> None:
    before = store.get(f"{FACADE}/{kind}/1").json()
    found = store.request(method, f"{FACADE}/{kind}/1", json=SENT[kind])
    assert (found.status_code, found.json()) == (200, {**SENT[kind], "id": 1})
    assert store.get(f"{FACADE}/{kind}/1").json() == before


@pytest.mark.parametrize("kind", SENT)
def test_delete_answers_the_object_and_changes_nothing(store: Any, kind: str) -> None:
    before = store.get(f"{FACADE}/{kind}/1").json()
    assert store.delete(f"{FACADE}/{kind}/1").json() == before
    assert store.get(f"{FACADE}/{kind}/1").json() == before


def test_a_body_needs_no_content_type(store: Any) -> None:
    """The examples in the site's documentation send none."""
    assert store.post(f"{FACADE}/products", content=b'{"title": "hat"}').json()["title"] == "hat"
    assert store.post(f"{FACADE}/products").status_code == 201
    assert store.post(f"{FACADE}/products", data={"title": "hat"}).status_code == 201


@pytest.mark.parametrize("body", [b"{", b'{"title": "\\u0000"}', b'{"price": NaN}'])
def test_malformed_json_is_refused(store: Any, body: bytes) -> None:
    found = store.post(f"{FACADE}/products", content=body, headers={"Content-Type": "application/json"})
    assert found.status_code == 400
    assert error(found)["message"] == "Malformed JSON"


def test_a_body_of_the_wrong_size_or_depth_is_refused(store: Any) -> None:
    deep = b'{"title": ' + b"[" * 900 + b"]" * 900 + b"}"
    headers = {"Content-Type": "application/json"}
    assert store.post(f"{FACADE}/products", content=deep, headers=headers).status_code == 400
    long = b'{"title": "' + b"a" * 2**20 + b'"}'
    assert store.post(f"{FACADE}/products", content=long, headers=headers).status_code == 413


def test_the_token_of_a_login_is_good_for_the_store(store: Any) -> None:
    found = store.post(f"{FACADE}/auth/login", json={"username": "mor_2314", "password": "83r5^_"})
    assert found.status_code == 201
    assert set(found.json()) == {"token"}
    me = store.get("/api/auth/me/", headers={"Authorization": f"Bearer {found.json()['token']}"})
    assert me.json()["username"] == "mor_2314"


def test_a_login_that_fails(store: Any) -> None:
    wrong = store.post(f"{FACADE}/auth/login", json={"username": "mor_2314", "password": "wrong"})
    assert wrong.status_code == 401
    assert error(wrong)["code"] == "UNAUTHORIZED"
    for body in ({}, {"username": "mor_2314"}, {"username": "", "password": ""}, {"username": 1, "password": 2}):
        half = store.post(f"{FACADE}/auth/login", json=body)
        assert half.status_code == 400
        assert error(half)["message"] == "username and password are not provided in JSON format"


def test_other_paths_and_methods_have_the_envelope(store: Any) -> None:
    assert error(store.get(f"{FACADE}/orders"))["code"] == "NOT_FOUND"
    assert error(store.delete(f"{FACADE}/products"))["code"] == "METHOD_NOT_ALLOWED"
