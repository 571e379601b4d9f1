"""Items and users: each line of the contract over real HTTP."""

from typing import Any, get_args

import httpx
import pytest

from portico.apps.items.graphql.types import ItemSort
from portico.apps.items.schemas import Sort
from tests.contract.shop import PASSWORD
from tests.contract.stall import Stall, item, problem, unique
from tests.races import Call, at_once, statuses

ITEM = {"id", "name", "description", "price", "quantity", "created_at", "updated_at"}
USER = {"id", "email", "username", "is_active", "created_at", "updated_at"}
NOWHERE = 10**9


def person(**values: Any) -> dict[str, Any]:
    name = unique("person")
    return {"email": f"{name}@example.com", "username": name, "password": PASSWORD, **values}


# Items


def test_an_item_from_its_beginning_to_its_end(stall: Stall) -> None:
    body = {"name": "Desk", "description": "Of oak", "price": 129.95, "quantity": 3}
    added = stall.nobody.post("/api/v1/items", json=body)
    assert added.status_code == 201
    assert set(added.json()) == ITEM
    assert {name: added.json()[name] for name in body} == body
    path = f"/api/v1/items/{added.json()['id']}"
    assert stall.nobody.get(path).json() == added.json()
    changed = stall.nobody.put(path, json={"price": "119.5"})
    assert changed.status_code == 200
    assert changed.json() == {**added.json(), "price": 119.5, "updated_at": changed.json()["updated_at"]}
    assert changed.json()["updated_at"] > added.json()["updated_at"]
    assert stall.nobody.put(path, json={}).json() == changed.json()
    assert stall.nobody.put(path, json={"description": None}).json()["description"] is None
    gone = stall.nobody.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    for method in ("GET", "DELETE"):
        found = stall.nobody.request(method, path)
        assert problem(found, 404, "NOT_FOUND")["detail"] == f"Item with ID {added.json()['id']} not found"
    problem(stall.nobody.put(path, json={"price": 1}), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 101), ("name", None), ("description", "x" * 501), ("price", 0), ("price", -1),
        ("price", "much"), ("price", None), ("price", 1.001), ("quantity", -1), ("quantity", 1.5), ("quantity", True),
        ("quantity", 2**31), ("colour", "red"), ("owner_id", 1), ("id", 7),
    ],
)  # fmt: skip
def test_what_no_item_can_have_is_422_and_named(stall: Stall, field: str, value: Any) -> None:
    for method, path in (("POST", "/api/v1/items"), ("PUT", "/api/v1/items/1")):
        found = stall.nobody.request(method, path, json={"name": "Desk", "price": 1, field: value})
        assert [each["field"] for each in problem(found, 422, "VALIDATION_ERROR")["errors"]] == [field]


def test_the_limits_themselves_are_taken_and_the_rest_is_refused(stall: Stall) -> None:
    biggest = {"name": "x" * 100, "description": "é" * 500, "price": 0.01, "quantity": 0}
    assert {name: item(stall.nobody, **biggest)[name] for name in biggest} == biggest
    missing = problem(stall.nobody.post("/api/v1/items", json={}), 422, "VALIDATION_ERROR")
    assert [each["field"] for each in missing["errors"]] == ["name", "price"]
    headers = {"Content-Type": "application/json"}
    problem(stall.nobody.post("/api/v1/items", content=b"{", headers=headers), 422, "VALIDATION_ERROR")
    problem(stall.nobody.post("/api/v1/items", content=b"name=Desk"), 415, "UNSUPPORTED_MEDIA_TYPE")


def test_of_two_writers_with_one_tag_one_loses(stall: Stall) -> None:
    made = stall.nobody.post("/api/v1/items", json={"name": "Desk", "price": 1})
    path, tag = f"/api/v1/items/{made.json()['id']}", made.headers["etag"]
    assert stall.nobody.get(path, headers={"If-None-Match": tag}).status_code == 304
    calls = [Call("PUT", path, {"quantity": number}, headers={"If-Match": tag}) for number in range(8)]
    assert statuses(at_once(stall.nobody, calls)) == {200: 1, 412: 7}
    problem(stall.nobody.delete(path, headers={"If-Match": tag}), 412, "PRECONDITION_FAILED")


def test_one_key_adds_once_whoever_sends_it(stall: Stall) -> None:
    for client in (stall.nobody, stall.account().client):
        body, headers = {"name": unique("Once"), "price": 1}, {"Idempotency-Key": "one"}
        first, second = (client.post("/api/v1/items", json=body, headers=headers) for _ in range(2))
        assert (first.status_code, first.json()) == (second.status_code, second.json())
        assert second.headers["idempotency-replayed"] == "true"
        other = client.post("/api/v1/items", json={**body, "price": 2}, headers=headers)
        problem(other, 422, "IDEMPOTENCY_KEY_REUSED")


# Lists


def walk(client: httpx.Client, found: httpx.Response) -> list[int]:
    """The ids of a list and of all that `Link` leads to."""
    ids = [row["id"] for row in found.json()]
    while "next" in found.links:
        found = client.get(found.links["next"]["url"])
        ids += [row["id"] for row in found.json()]
    return ids


def test_a_list_says_how_many_there_are_and_leads_on(stall: Stall) -> None:
    ids = [item(stall.nobody)["id"] for _ in range(12)]
    found = stall.nobody.get("/api/v1/items")
    assert isinstance(found.json(), list)
    assert len(found.json()) == 10
    assert set(found.json()[0]) == ITEM
    total = int(found.headers["x-total-count"])
    every = walk(stall.nobody, found)
    assert (len(every), every) == (total, sorted(every))
    assert set(ids) <= set(every)
    assert walk(stall.nobody, stall.nobody.get("/api/v1/items", params={"skip": 3, "limit": 4})) == every[3:]
    assert stall.nobody.get("/api/v1/items", params={"skip": total}).json() == []
    for wrong in ({"limit": 0}, {"limit": 101}, {"skip": -1}, {"limit": "x"}, {"cursor": "x"}):
        problem(stall.nobody.get("/api/v1/items", params=wrong), 422, "VALIDATION_ERROR")


def test_version_1_says_that_it_goes_and_what_comes_after_it(stall: Stall) -> None:
    for path in ("/api/v1/items", "/api/items", "/items"):
        found = stall.nobody.get(path)
        assert found.headers["deprecation"].startswith("@1")
        assert found.headers["sunset"].endswith("GMT")
        assert found.links["successor-version"]["url"] == str(stall.nobody.base_url).rstrip("/") + "/api/v2/items"
    newer = stall.nobody.get(found.links["successor-version"]["url"])
    assert set(newer.json()) == {"items", "total", "next_cursor"}
    assert "deprecation" not in newer.headers


def test_graphql_has_the_same_orders() -> None:
    assert [sort.value for sort in ItemSort] == list(get_args(Sort))


@pytest.mark.parametrize("sort", get_args(Sort))
def test_version_2_shows_each_item_once_in_every_order(stall: Stall, sort: str) -> None:
    mark = unique("Sorted")
    for number in range(7):
        item(stall.nobody, name=f"{mark} {number % 3}", price=number % 2 + 0.25, quantity=number % 4)
    rows: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"name": mark.upper(), "sort": sort, "limit": 2, "cursor": cursor}
        page = stall.nobody.get("/api/v2/items", params=params).json()
        assert page["total"] == 7
        rows, cursor = rows + page["items"], page["next_cursor"]
    key = sort.removeprefix("-")
    assert len({row["id"] for row in rows}) == len(rows) == 7
    assert rows == sorted(rows, key=lambda row: (row[key], row["id"]), reverse=sort.startswith("-"))


def test_version_2_filters(stall: Stall) -> None:
    mark = unique("Filtered_%")
    for price, quantity in ((5, 0), (10, 1), (20, 0), (40, 9)):
        item(stall.nobody, name=mark, price=price, quantity=quantity)

    def prices(**params: Any) -> list[float]:
        found = stall.nobody.get("/api/v2/items", params={"name": mark, **params}).json()
        assert found["total"] == len(found["items"])
        return [row["price"] for row in found["items"]]

    assert prices() == [5, 10, 20, 40]
    assert prices(min_price=10, max_price="20.00") == [10, 20]
    assert prices(in_stock=True) == [10, 40]
    assert prices(in_stock=False, sort="-price") == [20, 5]
    assert prices(min_price=41) == []
    cursor = stall.nobody.get("/api/v2/items", params={"limit": 1}).json()["next_cursor"]
    for wrong in ({"sort": "colour"}, {"sort": "name", "cursor": cursor}, {"cursor": "x"}, {"min_price": "x"}):
        problem(stall.nobody.get("/api/v2/items", params=wrong), 422, "VALIDATION_ERROR")


# Users


def test_a_user_from_beginning_to_end_and_never_a_password(stall: Stall) -> None:
    body = person()
    added = stall.nobody.post("/api/v1/users", json=body)
    assert added.status_code == 201
    assert set(added.json()) == USER
    path = f"/api/v1/users/{added.json()['id']}"
    assert stall.nobody.get(path).json() == added.json()
    name = unique("renamed")
    changed = stall.nobody.put(path, json={"username": name})
    assert changed.json() == {**added.json(), "username": name, "updated_at": changed.json()["updated_at"]}
    for each in (added, changed, stall.nobody.get("/api/v1/users", params={"limit": 100})):
        assert "password" not in each.text
        assert "pwd" not in each.text
    assert stall.nobody.delete(path).status_code == 204
    gone = problem(stall.nobody.get(path), 404, "NOT_FOUND")
    assert gone["detail"] == f"User with ID {added.json()['id']} not found"
    for method in ("PUT", "DELETE"):
        problem(stall.nobody.request(method, f"/api/v1/users/{NOWHERE}", json={}), 404, "NOT_FOUND")


def test_two_users_cannot_have_one_address_or_name(stall: Stall) -> None:
    first, second = person(), person()
    for body in (first, second):
        assert stall.nobody.post("/api/v1/users", json=body).status_code == 201
    again = stall.nobody.post("/api/v1/users", json={**person(), "email": first["email"].upper()})
    assert problem(again, 400, "DUPLICATE")["detail"] == "User with this email already exists"
    again = stall.nobody.post("/api/v1/users", json={**person(), "username": first["username"]})
    assert problem(again, 400, "DUPLICATE")["detail"] == "User with this username already exists"
    rows = stall.nobody.get("/api/v1/users", params={"limit": 100}).json()
    user_id = next(row["id"] for row in rows if row["email"] == second["email"])
    taken = stall.nobody.put(f"/api/v1/users/{user_id}", json={"email": first["email"]})
    problem(taken, 400, "DUPLICATE")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "ab"), ("username", "x" * 51), ("username", "a@b.de"), ("password", "7 chars"), ("password", None),
        ("password", "x" * 129), ("email", "none"), ("email", ""), ("is_admin", True), ("pwd_hash", "x"),
    ],
)  # fmt: skip
def test_what_no_user_can_have_is_422_and_named(stall: Stall, field: str, value: Any) -> None:
    found = stall.nobody.post("/api/v1/users", json=person(**{field: value}))
    assert [each["field"] for each in problem(found, 422, "VALIDATION_ERROR")["errors"]] == [field]


def test_in_private_mode_users_see_themselves_and_may_not_enable_themselves(private_stall: Stall) -> None:
    account = private_stall.account()
    seen = account.client.get("/api/v1/users")
    assert ([row["id"] for row in seen.json()], seen.headers["x-total-count"]) == ([account.user_id], "1")
    path = f"/api/v1/users/{account.user_id}"
    problem(account.client.put(path, json={"is_active": False}), 403, "FORBIDDEN")
    weak = account.client.put(path, json={"password": "password123"})
    assert [each["field"] for each in problem(weak, 422, "VALIDATION_ERROR")["errors"]] == ["password"]
    assert account.client.put(path, json={"password": "eight chars"}).status_code == 200
    problem(account.client.get(path), 401, "UNAUTHORIZED")  # a new password ends the sessions
