"""The lists of the store: pages by number, walks by cursor, links and filters."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from portico.kernel.paging import seal
from tests.contract.shop import UNKNOWN, Shop, invalid, missing, open_shop, unique

ARRAYS = ("/api/categories/", "/api/users/", "/api/carts/", "/api/products/by-categories/?categoryIds=1,2,3,4")


def ids(found: httpx.Response) -> list[int]:
    assert found.status_code == 200, found.text
    body = found.json()
    return [row["id"] for row in (body if isinstance(body, list) else body["results"])]


def walk(client: httpx.Client, address: str) -> Iterator[httpx.Response]:
    """The pages from this one on, by their `Link`."""
    while True:
        found = client.get(address)
        yield found
        if "next" not in found.links:
            return
        address = found.links["next"]["url"]


@pytest.fixture(scope="module")
def full(shop: Shop) -> tuple[str, list[int]]:
    """The name of a category with 25 products, and their ids."""
    category = shop.category(unique("paged & counted/ü"))
    return category["name"], [shop.product(categories=[category["id"]])["id"] for _ in range(25)]


def test_pages_of_products(shop: Shop, full: tuple[str, list[int]]) -> None:
    name, products = full
    found = shop.nobody.get("/api/products/", params={"category": name, "page": 2, "limit": 10})
    body = found.json()
    assert list(body) == ["count", "next", "previous", "results"]
    assert body["count"] == 25
    assert ids(found) == products[10:20]
    assert ids(shop.nobody.get(body["next"])) == products[20:]
    assert ids(shop.nobody.get(body["previous"])) == products[:10]


def test_the_first_page_has_ten(shop: Shop) -> None:
    body = shop.nobody.get("/api/products/").json()
    assert len(body["results"]) == 10
    assert body["count"] >= 20
    assert body["previous"] is None
    assert body["next"] == f"{shop.nobody.base_url}/api/products/?page=2&limit=10"


def test_the_last_page_has_no_next(shop: Shop, full: tuple[str, list[int]]) -> None:
    for page, limit in ((3, 10), (5, 5), (1, 25), (1, 100)):
        body = shop.nobody.get("/api/products", params={"category": full[0], "page": page, "limit": limit}).json()
        assert body["next"] is None
        assert body["results"][-1]["id"] == full[1][-1]
        assert (body["previous"] is None) == (page == 1)


@pytest.mark.parametrize("path", ["/api/products", "/api/products/", "/api/v1/products", "/api/v1/products/"])
def test_links_are_absolute_and_keep_path_and_parameters(shop: Shop, full: tuple[str, list[int]], path: str) -> None:
    name, products = full
    params = {"category": name, "page": "2", "limit": "5", "utm": "a b&c=d", "empty": ""}
    body = shop.nobody.get(path, params=params).json()
    for link, page in ((body["next"], "3"), (body["previous"], "1")):
        parts = urlsplit(link)
        assert f"{parts.scheme}://{parts.netloc}" == str(shop.nobody.base_url)
        assert parts.path == path
        expected = {name: [value] for name, value in {**params, "page": page}.items()}
        assert parse_qs(parts.query, keep_blank_values=True) == expected
        assert ids(shop.nobody.get(link)) == products[(int(page) - 1) * 5 :][:5]


def test_links_keep_parameters_that_come_twice(shop: Shop) -> None:
    link = shop.nobody.get("/api/products/?tag=a&limit=5&tag=b").json()["next"]
    assert parse_qs(urlsplit(link).query) == {"tag": ["a", "b"], "limit": ["5"], "page": ["2"]}


def test_links_have_the_public_address_where_it_is_set(shop: Shop) -> None:
    with open_shop(shop.url, "sandbox", public_url="https://shop.example") as public:
        found = public.nobody.get("/api/products/?page=1&limit=3", headers={"Host": "10.0.0.1:8000"})
        assert found.json()["next"] == "https://shop.example/api/products/?page=2&limit=3"
        assert found.links["next"]["url"].startswith("https://shop.example/api/products/?")


@pytest.mark.parametrize(("limit", "shown"), [(1, 1), (100, 100), (101, 100), (10**6, 100), (10**30, 100)])
def test_a_limit_above_100_is_100(shop: Shop, many: None, limit: int, shown: int) -> None:
    body = shop.nobody.get("/api/products/", params={"limit": limit}).json()
    assert len(body["results"]) == shown
    assert parse_qs(urlsplit(body["next"]).query)["limit"] == [str(shown)]


@pytest.fixture(scope="module")
def many(shop: Shop) -> None:
    for _ in range(90):
        shop.product()


@pytest.mark.parametrize("value", ["0", "-1", "ten", "", "1.5", "NaN", "9" * 5000, "١x"])
@pytest.mark.parametrize("name", ["limit", "page"])
def test_a_page_or_limit_that_is_no_number(shop: Shop, name: str, value: str) -> None:
    invalid(shop.nobody.get("/api/products/", params={name: value}), name)


@pytest.mark.parametrize("page", [UNKNOWN, UNKNOWN + 1, 2**63, 10**30])
def test_a_page_past_the_end(shop: Shop, page: int) -> None:
    error = missing(shop.nobody.get("/api/products/", params={"page": page}), "Invalid page")
    assert error["details"] == {"page": str(page)}
    missing(shop.nobody.get("/api/products/", params={"page": page, "limit": 100}), "Invalid page")


def test_products_of_a_category(shop: Shop) -> None:
    body = shop.nobody.get("/api/products/", params={"category": "electronics", "limit": 100}).json()
    assert {"electronics"} <= {product["category"] for product in body["results"]}
    assert all("electronics" in [one["name"] for one in product["categories"]] for product in body["results"])
    assert body["count"] == len(body["results"])


@pytest.mark.parametrize("category", ["", "boats", "ELECTRONICS", "' OR 1=1 --", "%", "x" * 5000])
def test_no_such_category_is_an_empty_page(shop: Shop, category: str) -> None:
    found = shop.nobody.get("/api/products/", params={"category": category})
    assert found.json() == {"count": 0, "next": None, "previous": None, "results": []}
    missing(shop.nobody.get("/api/products/", params={"category": category, "page": 2}), "Invalid page")


# By categories


def test_products_in_any_of_some_categories(shop: Shop) -> None:
    both, one = shop.category()["id"], shop.category()["id"]
    first = shop.product(categories=[both, one])["id"]
    second = shop.product(categories=[one])["id"]
    for wanted, expected in (
        (f"{both}", [first]), (f"{one}", [first, second]), (f"{both},{one}", [first, second]),
        (f" {both} , {UNKNOWN},", [first]), (f"{one},{one}", [first, second]),
    ):  # fmt: skip
        found = shop.nobody.get("/api/products/by-categories/", params={"categoryIds": wanted})
        assert ids(found) == expected
    assert found.json()[0] == shop.nobody.get(f"/api/products/{first}").json()


@pytest.mark.parametrize("query", ["", "?categoryIds=", "?categoryIds=,,", "?categoryIds=0", "?categoryIds=-1"])
def test_none_or_unknown_categories_are_an_empty_array(shop: Shop, query: str) -> None:
    assert ids(shop.nobody.get(f"/api/products/by-categories/{query}")) == []


@pytest.mark.parametrize("number", [UNKNOWN, 2**63 - 1, 2**63, -(2**63) - 1, "9" * 5000, "-" + "9" * 5000])
def test_ids_that_no_category_has_are_an_empty_array(shop: Shop, number: Any) -> None:
    assert ids(shop.nobody.get(f"/api/products/by-categories/?categoryIds={number}")) == []


@pytest.mark.parametrize("given", ["a", "1,b", "1;2", "1 2", "1.0", "²", "٣", "0x1", "null", "--1", "-"])
def test_categories_that_are_no_numbers(shop: Shop, given: str) -> None:
    error = invalid(shop.nobody.get("/api/products/by-categories/", params={"categoryIds": given}), "categoryIds")
    assert error["details"] == {"categoryIds": given}


# Cursors


def test_a_walk_over_products_shows_each_once(shop: Shop, full: tuple[str, list[int]]) -> None:
    name, products = full
    pages = list(walk(shop.nobody, f"/api/products/?limit=5&cursor=&category={name.replace('&', '%26')}"))
    assert [one for page in pages for one in ids(page)] == products
    assert {page.json()["count"] for page in pages} == {25}
    assert [page.json()["next"] for page in pages] == [page.links.get("next", {}).get("url") for page in pages]
    assert {page.json()["previous"] for page in pages} == {None}


def test_a_walk_may_start_from_a_page(shop: Shop, full: tuple[str, list[int]]) -> None:
    pages = list(walk(shop.nobody, f"/api/products/?limit=10&page=2&category={full[0].replace('&', '%26')}"))
    assert [one for page in pages for one in ids(page)] == full[1][10:]


def test_a_walk_shows_exactly_once_what_was_there_throughout(shop: Shop) -> None:
    category = shop.category()["id"]
    products = [shop.product(categories=[category])["id"] for _ in range(9)]
    seen: list[int] = []
    for page in walk(shop.nobody, f"/api/products/by-categories/?categoryIds={category}&limit=2"):
        seen += ids(page)
        if len(seen) == 4:
            for gone in (products[1], products[6]):
                shop.staff.delete(f"/api/products/{gone}")
            shop.product(categories=[category])
    throughout = [one for one in products if one not in (products[1], products[6])]
    assert sorted(set(seen)) == sorted(seen)
    assert [one for one in seen if one in throughout] == throughout


@pytest.mark.parametrize("address", ARRAYS)
def test_a_walk_over_an_array(shop: Shop, address: str) -> None:
    everything = ids(shop.nobody.get(address))
    limited = f"{address}{'&' if '?' in address else '?'}limit=3"
    pages = list(walk(shop.nobody, limited))
    assert len(pages) > 1
    assert [one for page in pages for one in ids(page)] == everything
    for page in pages[:-1]:
        assert page.headers["link"].startswith(f"<{shop.nobody.base_url}/api/")
        assert page.headers["link"].endswith('>; rel="next"')


def test_a_walk_over_the_carts_of_one_user(shop: Shop) -> None:
    user = shop.account()
    carts = [shop.cart(user.client)["id"] for _ in range(5)]
    for address in (f"/api/carts/?userId={user.user_id}&limit=2", f"/api/carts/users/{user.user_id}/?limit=2"):
        assert [one for page in walk(shop.nobody, address) for one in ids(page)] == carts


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x", "", "1e2"])
@pytest.mark.parametrize("address", ARRAYS)
def test_a_limit_of_an_array_out_of_range(shop: Shop, address: str, limit: str) -> None:
    invalid(shop.nobody.get(f"{address}{'&' if '?' in address else '?'}limit={limit}"), "limit")


CURSORS = [
    "x",
    "1",
    "é",
    "====",
    "A" * 5000,
    "bnVsbA",
    "WyIxIl0",
    "WzEuNV0",
    "W3RydWVd",
    "WzEsMl0",
    "W10",
    "eyJhIjoxfQ",
]


@pytest.mark.parametrize("cursor", CURSORS)
@pytest.mark.parametrize("address", ["/api/products/", *ARRAYS])
def test_a_cursor_of_somebody_s_own_making(shop: Shop, address: str, cursor: str) -> None:
    found = shop.nobody.get(f"{address}{'&' if '?' in address else '?'}cursor={cursor}")
    error = invalid(found, "cursor")
    assert error["details"] == {"cursor": "is not one that this list has given"}


@pytest.mark.parametrize("after", [UNKNOWN, 2**63 - 1, 2**64 - 1])
@pytest.mark.parametrize("address", ARRAYS)
def test_an_array_past_the_last_cursor(shop: Shop, address: str, after: int) -> None:
    found = shop.nobody.get(f"{address}{'&' if '?' in address else '?'}cursor={seal(after)}")
    assert ids(found) == []
    assert "link" not in found.headers


def test_products_past_the_last_cursor(shop: Shop, full: tuple[str, list[int]]) -> None:
    body = shop.nobody.get("/api/products/", params={"category": full[0], "cursor": seal(2**63 - 1)}).json()
    assert body == {"count": 25, "next": None, "previous": None, "results": []}
