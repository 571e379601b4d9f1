"""What must hold of products, categories and ratings while many requests run at once, over real connections."""

import asyncio
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest

from tests.races import Call, at_once, bearer, insist, log_in, racing_client, statuses

SAMPLE = [("mor_2314", "83r5^_"), ("johnd", "m38rmF$"), ("tessa_w", "walnut-ladder-9")]


@pytest.fixture
def token(store: httpx.Client) -> str:
    found: str = log_in(store, *SAMPLE[0])["access"]
    return found


def product(title: str, *categories: int) -> dict[str, Any]:
    return {"title": title, "price": 9.99, "categories": list(categories)}


def create(client: httpx.Client, token: str, *categories: int) -> int:
    answer = client.post("/api/products/", json=product("A product", *categories), headers=bearer(token))
    assert answer.status_code == 201, answer.text
    found: int = answer.json()["id"]
    return found


def test_counts_are_the_number_of_products(store: httpx.Client, store_url: str) -> None:
    assert_counts_are_true(store, store_url)


def assert_counts_are_true(client: httpx.Client, url: str) -> None:
    """The `count` of each list is the number of rows that are there."""
    with psycopg.connect(url) as connection:
        (everything,) = connection.execute("SELECT count(*) FROM store.products").fetchone() or (0,)
        per_category = connection.execute(
            "SELECT name, count(*) FROM store.product_categories JOIN store.categories c ON id = category_id GROUP BY 1"
        ).fetchall()
    assert client.get("/api/products/").json()["count"] == everything
    for name, count in per_category:
        assert client.get("/api/products/", params={"category": name}).json()["count"] == count


@pytest.mark.parametrize("category", [None, "electronics"])
def test_a_cursor_walk_shows_exactly_once_what_was_there_throughout(
    store: httpx.Client, store_url: str, token: str, category: str | None
) -> None:
    kept = {create(store, token, 1) for _ in range(40)}
    category_id = next(each["id"] for each in store.get("/api/categories/").json() if each["name"] == "electronics")
    kept |= {create(store, token, category_id) for _ in range(40)}
    start = httpx.URL(
        "/api/products/", params={"cursor": "", "limit": "7"} | ({"category": category} if category else {})
    )

    async def race() -> tuple[list[list[int]], Counter[int]]:
        async with racing_client(store) as client:
            done = asyncio.Event()
            changes = [asyncio.create_task(churn(client, token, [1, category_id], done)) for _ in range(6)]
            walks = [await walk(client, start) for _ in range(4)]
            done.set()
            return walks, sum(await asyncio.gather(*changes), Counter())

    walks, found = asyncio.run(race())
    throughout = {
        each for each in kept if category is None or store.get(f"/api/products/{each}/").json()["category"] == category
    }
    for seen in walks:
        assert max(Counter(seen).values()) == 1
        assert throughout <= set(seen)
        assert seen == sorted(seen)
    assert set(found) == {201, 204}
    assert any(set(seen) - kept - set(range(1, 21)) for seen in walks)  # others did come while a walk was under way
    assert_counts_are_true(store, store_url)


async def walk(client: httpx.AsyncClient, start: httpx.URL) -> list[int]:
    """The ids that the pages show, from the first page to the last."""
    seen: list[int] = []
    url: Any = start
    while url:
        page = (await client.get(url)).json()
        seen += [each["id"] for each in page["results"]]
        url = page["next"]
    return seen


async def churn(client: httpx.AsyncClient, token: str, categories: list[int], done: asyncio.Event) -> Counter[int]:
    """Add products and take away others, some of them in front of a walk and some behind it; the answers' statuses."""
    found: Counter[int] = Counter()
    own: list[int] = []
    while not done.is_set():
        answer = await Call("POST", "/api/products/", product("Comes and goes", *categories), token).send(client)
        found[answer.status_code] += 1
        own.append(answer.json()["id"])
        if len(own) > 3:
            gone = own.pop(random.randrange(len(own)))
            found[(await Call("DELETE", f"/api/products/{gone}/", None, token).send(client)).status_code] += 1
    return found


@pytest.mark.parametrize("path", ["/api/categories/", "/api/carts/", "/api/users/"])
def test_a_walk_over_an_array_shows_exactly_once_what_was_there_throughout(
    store: httpx.Client, token: str, path: str
) -> None:
    bodies = {
        "/api/categories/": lambda n: {"name": f"Category {n}"},
        "/api/carts/": lambda n: {"items": [{"productId": 1 + n % 20}]},
    }
    kept = [each["id"] for each in store.get(path).json()]

    async def race() -> list[int]:
        async with racing_client(store) as client:
            seen: list[int] = []
            url: Any = httpx.URL(path, params={"limit": "2"})
            number = 0
            while url:
                answer, *_ = await asyncio.gather(
                    client.get(url),
                    *(
                        Call("POST", path, bodies[path](number + each), token).send(client)
                        for each in range(3)
                        if path in bodies and number < 60
                    ),
                )
                number += 3
                seen += [each["id"] for each in answer.json()]
                url = answer.links.get("next", {}).get("url")
            return seen

    seen = asyncio.run(race())
    assert max(Counter(seen).values()) == 1
    assert set(kept) <= set(seen)


def test_products_that_come_and_go_do_not_deadlock(store: httpx.Client, store_url: str, token: str) -> None:
    for _ in range(8):
        old = [create(store, token, 1, 2) for _ in range(15)]
        coming = [Call("POST", "/api/products/", product("New", 1, 2), token)] * 15
        going = [Call("DELETE", f"/api/products/{each}/", None, token) for each in old]
        mixed = [call for pair in zip(coming, going, strict=True) for call in pair]
        assert statuses(insist(store, mixed)) == {201: 15, 204: 15}
    assert_counts_are_true(store, store_url)


def test_products_that_change_places_do_not_deadlock(store: httpx.Client, store_url: str, token: str) -> None:
    """Half of them go from the first category to the second, the other half the opposite way."""
    places = {create(store, token, 1 + number % 2): 1 + number % 2 for number in range(20)}
    for _ in range(12):
        places = {each: 3 - place for each, place in places.items()}
        moves = [
            Call("PATCH", f"/api/products/{each}/", {"categories": [place]}, token) for each, place in places.items()
        ]
        assert statuses(insist(store, moves)) == {200: 20}
    assert_counts_are_true(store, store_url)


def test_a_category_that_goes_while_products_enter_it(store: httpx.Client, store_url: str, token: str) -> None:
    for number in range(10):
        name = {"name": f"For a moment {number}"}
        category = store.post("/api/categories/", json=name, headers=bearer(token)).json()["id"]
        entering = [Call("POST", "/api/products/", product("Enters", category, 1), token)] * 8
        moving = [Call("PATCH", f"/api/products/{each}/", {"categories": [category]}, token) for each in range(1, 5)]
        removal = Call("DELETE", f"/api/categories/{category}/", None, token)
        *entered, gone = insist(store, [*entering, *moving, removal])
        assert gone.status_code == 204
        assert set(statuses(entered)) <= {200, 201, 400}
        assert all(
            answer.json()["error"]["details"] == {"missing": [category]}
            for answer in entered
            if answer.status_code == 400
        )
    assert_counts_are_true(store, store_url)


def test_of_20_categories_of_one_name_one_is_made(store: httpx.Client, token: str) -> None:
    answers = at_once(store, [Call("POST", "/api/categories/", {"name": "The only one"}, token)] * 20)
    assert statuses(answers) == {201: 1, 409: 19}
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409} == {"CONFLICT"}
    names = [each["name"] for each in store.get("/api/categories/").json()]
    assert names.count("The only one") == 1


def test_of_categories_that_take_one_name_one_gets_it(store: httpx.Client, token: str) -> None:
    calls = [Call("PATCH", f"/api/categories/{each}/", {"name": "Wanted by all"}, token) for each in range(1, 5)]
    assert statuses(at_once(store, calls * 5))[409] == 15
    names = [each["name"] for each in store.get("/api/categories/").json()]
    assert names.count("Wanted by all") == 1


def test_parallel_ratings_by_one_user_are_one_rating(store: httpx.Client, store_url: str, token: str) -> None:
    path = "/api/products/1/rating/"
    before = store.get(path).json()["rating"]
    with psycopg.connect(store_url) as connection:
        (total,) = connection.execute("SELECT rating_sum FROM store.products WHERE id = 1").fetchone() or (Decimal(0),)
    values = [number % 11 / 2 for number in range(40)]
    calls = [Call("POST", path, {"value": value}, token) for value in values]
    assert statuses(at_once(store, calls + [Call("DELETE", path, None, token)] * 8))[500] == 0
    assert statuses(at_once(store, calls)) == {201: 40}

    after = store.get(path, headers=bearer(token)).json()
    assert after["userRating"] in values
    assert after["rating"]["count"] == before["count"] + 1
    mean = (total + Decimal(str(after["userRating"]))) / (before["count"] + 1)
    assert after["rating"]["rate"] == pytest.approx(float(mean), abs=0.05)
    with psycopg.connect(store_url) as connection:
        rows = connection.execute("SELECT value FROM store.ratings WHERE product_id = 1 AND user_id = 2").fetchall()
    assert [float(value) for (value,) in rows] == [after["userRating"]]

    assert statuses(at_once(store, [Call("DELETE", path, None, token)] * 20)) == {200: 20}
    assert store.get(path).json()["rating"] == before


def test_parallel_ratings_by_several_users_all_count(store: httpx.Client, token: str) -> None:
    new = create(store, token)
    tokens = [log_in(store, *account)["access"] for account in SAMPLE]
    path = f"/api/products/{new}/rating/"
    calls = [Call("POST", path, {"value": 2 + place}, each) for place, each in enumerate(tokens)]
    assert statuses(at_once(store, calls * 10)) == {201: 30}
    assert store.get(path).json()["rating"] == {"rate": 3.0, "count": 3}


def test_a_product_that_goes_while_it_is_rated_and_edited(store: httpx.Client, token: str) -> None:
    for _ in range(10):
        path = f"/api/products/{create(store, token, 1)}/"
        calls = [
            *[Call("POST", f"{path}rating/", {"value": 3}, token)] * 5,
            *[Call("PATCH", path, {"title": "Edited", "categories": [2]}, token)] * 5,
            *[Call("DELETE", path, None, token)] * 2,
        ]
        *writes, first, second = insist(store, calls)
        assert statuses([first, second]) == {204: 1, 404: 1}
        assert set(statuses(writes)) <= {200, 201, 404}
