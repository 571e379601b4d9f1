"""What must hold of accounts and sessions while many requests run at once, over real connections."""

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.clocks import MovableClock
from tests.races import PASSWORD, Call, at_once, bearer, log_in, open_cart, register, statuses
from tests.servers import serving_app

REFRESH = "/api/auth/refresh"
MOST_ADDRESSES = 20


@pytest.fixture
def patient_store(store_url: str) -> Iterator[httpx.Client]:
    """The store, with all the time that many hashes take on a busy machine."""
    with serving_app("store", store_url, request_timeout=300) as client:
        yield client


@pytest.fixture
def timed_store(store_url: str, clock: MovableClock) -> Iterator[httpx.Client]:
    """The store, going by a clock of the test's."""
    with serving_app("store", store_url, clock=clock) as client:
        yield client


def refreshing(token: str, *, agent: str = "one and the same") -> Call:
    return Call("POST", REFRESH, {"refresh": token}, headers={"User-Agent": agent})


def is_live(client: httpx.Client, tokens: dict[str, Any]) -> bool:
    return client.get("/api/auth/me", headers=bearer(tokens["access"])).status_code == 200


def test_16_parallel_refreshes_of_one_client_have_one_child(timed_store: httpx.Client, clock: MovableClock) -> None:
    tokens = log_in(timed_store, "mor_2314", "83r5^_")
    answers = at_once(timed_store, [refreshing(tokens["refresh"])] * 16)
    assert statuses(answers) == {200: 16}
    (child,) = {answer.json()["refresh"] for answer in answers}
    assert child != tokens["refresh"]
    assert all(is_live(timed_store, answer.json()) for answer in answers)

    clock.move(seconds=10.1)
    assert timed_store.post(REFRESH, json={"refresh": tokens["refresh"]}).status_code == 401
    assert timed_store.post(REFRESH, json={"refresh": child}).status_code == 401
    assert not any(is_live(timed_store, answer.json()) for answer in answers)


def test_16_parallel_refreshes_of_strangers_leave_at_most_one_child(timed_store: httpx.Client) -> None:
    """Whoever stole the token cannot be told from its owner: the family ends for both."""
    tokens = log_in(timed_store, "mor_2314", "83r5^_")
    answers = at_once(timed_store, [refreshing(tokens["refresh"], agent=f"client {each}") for each in range(16)])
    assert statuses(answers) == {200: 1, 401: 15}
    (child,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert not is_live(timed_store, child)
    assert timed_store.post(REFRESH, json={"refresh": child["refresh"]}).status_code == 401


def test_a_log_out_everywhere_outruns_every_refresh(store: httpx.Client) -> None:
    sessions = [log_in(store, "mor_2314", "83r5^_") for _ in range(4)]
    calls = [refreshing(each["refresh"]) for each in sessions]
    log_out = Call("POST", "/api/auth/logout-all", None, sessions[0]["access"])
    *answers, last = at_once(store, [*calls, log_out, *calls, log_out])
    assert set(statuses(answers)) <= {200, 401}
    assert last.status_code in {200, 401}
    children = [answer.json() for answer in answers if "refresh" in answer.json()]
    assert not any(is_live(store, each) for each in [*sessions, *children])
    again = at_once(store, [refreshing(each["refresh"]) for each in [*sessions, *children]])
    assert statuses(again) == {401: len(again)}


@pytest.mark.parametrize(
    ("field", "names", "emails"),
    [
        ("Username", ["anna"] * 20, [f"anna{each}@example.com" for each in range(20)]),
        ("Username", ["Anna", "aNNa", "anna", "ANNA"] * 5, [f"anna{each}@example.com" for each in range(20)]),
        ("Email", [f"anna{each}" for each in range(20)], ["Anna@example.com", "anna@example.com"] * 10),
    ],
)
def test_of_20_who_register_at_once_one_gets_the_name(
    patient_store: httpx.Client, field: str, names: list[str], emails: list[str]
) -> None:
    bodies = [
        {"username": name, "email": email, "password": PASSWORD} for name, email in zip(names, emails, strict=True)
    ]
    answers = at_once(patient_store, [Call("POST", "/api/auth/register", body) for body in bodies])
    assert statuses(answers) == {201: 1, 400: 19}
    refused = {answer.json()["error"]["message"] for answer in answers if answer.status_code == 400}
    assert refused == {f"{field} already exists"}
    found = [each["username"].lower() for each in patient_store.get("/api/users/").json()]
    assert len([name for name in found if name.startswith("anna")]) == 1


def test_a_name_that_is_in_words_of_the_database_is_still_the_name(store: httpx.Client) -> None:
    """The database's message quotes what was sent: nothing may be read from it."""
    name = "users_email_key"
    register(store, name)
    body = {"username": name, "email": "other@example.com", "password": PASSWORD}
    answer = store.post("/api/auth/register", json=body)
    assert answer.json()["error"]["message"] == "Username already exists"


def test_users_who_take_each_other_s_names_do_not_deadlock(store: httpx.Client) -> None:
    token = log_in(store, "mor_2314", "83r5^_")["access"]
    calls = [Call("PATCH", f"/api/users/{user}/", {"username": f"name{user % 3}"}, token) for user in range(2, 9)]
    assert set(statuses(at_once(store, calls * 4))) <= {200, 400}
    names = [each["username"] for each in store.get("/api/users/").json()]
    assert [names.count(f"name{each}") for each in range(3)] == [1, 1, 1]


def test_parallel_addresses_stop_at_the_limit(store: httpx.Client) -> None:
    token = log_in(store, "mor_2314", "83r5^_")["access"]
    path = "/api/users/me/addresses/"
    room = MOST_ADDRESSES - len(store.get(path, headers=bearer(token)).json())
    answers = at_once(store, [Call("POST", path, {"city": "Cardiff"}, token)] * 40)
    assert statuses(answers) == {201: room, 409: 40 - room}
    assert len(store.get(path, headers=bearer(token)).json()) == MOST_ADDRESSES


def test_a_user_who_goes_while_he_writes_leaves_nothing(store: httpx.Client, store_url: str) -> None:
    staff = log_in(store, "johnd", "m38rmF$")["access"]
    before = ratings(store_url)
    for number in range(5):
        user = register(store, f"leaver{number}")
        token = log_in(store, f"leaver{number}", PASSWORD)["access"]
        cart = open_cart(store, token, [(1, 1)])["id"]
        rates = [Call("POST", f"/api/products/{each}/rating/", {"value": each % 6}, token) for each in range(1, 16)]
        others = [
            Call("POST", "/api/carts/", {"items": [{"productId": 2}]}, token),
            Call("PATCH", f"/api/carts/{cart}/", {"add": [{"productId": 2}]}, token),
            Call("POST", "/api/users/me/addresses/", {"city": "Cardiff"}, token),
            Call("DELETE", "/api/products/2/rating/", None, token),
            Call("PATCH", f"/api/users/{user}/", {"phone": "1"}, token),
        ]
        leave = Call("DELETE", f"/api/users/{user}/", None, staff)
        answers = at_once(store, [*rates[:8], *others, leave, *rates[8:], *others, *rates])
        assert set(statuses(answers)) <= {200, 201, 204, 401, 404}, statuses(answers)
        assert statuses(answers)[204] == 1
        assert store.get(f"/api/users/{user}/").status_code == 404
        assert ratings(store_url) == before


def test_a_user_who_goes_while_carts_are_given_to_him(store: httpx.Client, store_url: str) -> None:
    staff, giver = log_in(store, "johnd", "m38rmF$")["access"], log_in(store, "mor_2314", "83r5^_")["access"]
    for number in range(8):
        user = register(store, f"taker{number}")
        carts = [open_cart(store, giver)["id"] for _ in range(6)]
        gifts = [Call("PATCH", f"/api/carts/{cart}/", {"userId": user}, giver) for cart in carts]
        answers = at_once(store, [*gifts[:3], Call("DELETE", f"/api/users/{user}/", None, staff), *gifts[3:]])
        assert answers.pop(3).status_code == 204
        assert set(statuses(answers)) <= {200, 400}
        for cart, answer in zip(carts, answers, strict=True):
            assert store.get(f"/api/carts/{cart}/").status_code == (404 if answer.status_code == 200 else 200)


def ratings(url: str) -> list[Any]:
    """Sum and count of each product's ratings."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT id, rating_sum, rating_count FROM store.products ORDER BY id").fetchall()
