"""What must hold of carts, tags, keys and the pool while many requests run at once, over real connections."""

import asyncio
from typing import Any

import httpx
import psycopg
import pytest

from portico.identity.passwords import hash_now
from tests.races import (
    Call,
    at_once,
    bearer,
    insist,
    log_in,
    open_cart,
    quantities,
    racing_client,
    statuses,
)
from tests.servers import serving_app

POOL = 20  # DB_POOL_SIZE's default
STORM = 30  # log-ins: fewer than the hash queue takes
PATIENT = {"request_timeout": 300}  # seconds: a busy machine needs more than 30 for that many hashes


def customer(client: httpx.Client) -> str:
    token: str = log_in(client, "mor_2314", "83r5^_")["access"]
    return token


def adding(cart_id: int, *products: int, token: str) -> Call:
    body = {"add": [{"productId": product, "quantity": 1} for product in products]}
    return Call("PATCH", f"/api/carts/{cart_id}/", body, token)


def lines_of(client: httpx.Client, cart_id: int) -> dict[int, int]:
    return quantities(client.get(f"/api/carts/{cart_id}/").json())


def test_200_parallel_adds_of_1_give_200(store: httpx.Client) -> None:
    token = customer(store)
    cart = open_cart(store, token)
    answers = insist(store, [adding(cart["id"], 1, token=token)] * 200)
    assert statuses(answers) == {200: 200}
    assert lines_of(store, cart["id"]) == {1: 200}
    # Each answer is the cart right after its own add.
    assert sorted(quantities(answer.json())[1] for answer in answers) == list(range(1, 201))


def test_parallel_adds_of_different_products_lose_none(store: httpx.Client) -> None:
    token = customer(store)
    cart = open_cart(store, token, [(3, 5)])
    answers = insist(store, [adding(cart["id"], product, token=token) for product in range(1, 21)] * 5)
    assert statuses(answers) == {200: 100}
    assert lines_of(store, cart["id"]) == {product: 5 for product in range(1, 21)} | {3: 10}


def test_a_cart_that_many_replace_is_one_writer_s(store: httpx.Client) -> None:
    token = customer(store)
    cart = open_cart(store, token)
    wanted = [{first: first, first + 10: 2} for first in range(1, 11)] * 3
    bodies = [{"items": [{"productId": p, "quantity": q} for p, q in lines.items()]} for lines in wanted]
    answers = at_once(store, [Call("PUT", f"/api/carts/{cart['id']}/", body, token) for body in bodies])
    assert statuses(answers) == {200: 30}
    assert [quantities(answer.json()) for answer in answers] == wanted
    assert lines_of(store, cart["id"]) in wanted


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/products/1/", {"title": "The title of writer {}"}),
        ("/api/categories/1/", {"name": "The name of writer {}"}),
        ("/api/users/2/", {"phone": "The number of writer {}"}),
        ("/api/carts/{cart}/", {"date": "2026-01-{:02}"}),
    ],
)
def test_of_50_writers_with_one_etag_one_wins(store: httpx.Client, path: str, body: dict[str, str]) -> None:
    token = customer(store)
    path = path.format(cart=open_cart(store, token)["id"])
    tag = {"If-Match": store.get(path).headers["ETag"]}
    ((field, text),) = body.items()
    answers = at_once(
        store, [Call("PATCH", path, {field: text.format(1 + writer % 28)}, token, tag) for writer in range(50)]
    )
    assert statuses(answers) == {200: 1, 412: 49}
    winner = next(answer for answer in answers if answer.status_code == 200)
    now = store.get(path)
    assert (now.json(), now.headers["ETag"]) == (winner.json(), winner.headers["ETag"])
    assert now.headers["ETag"] != tag["If-Match"]
    assert all(answer.json()["error"]["code"] == "PRECONDITION_FAILED" for answer in answers if answer != winner)


def test_of_an_edit_and_a_removal_with_one_etag_one_wins(store: httpx.Client) -> None:
    token = customer(store)
    for product in range(1, 11):
        path = f"/api/products/{product}/"
        tag = {"If-Match": store.get(path).headers["ETag"]}
        edit, removal = at_once(
            store, [Call("PATCH", path, {"title": "Edited"}, token, tag), Call("DELETE", path, None, token, tag)]
        )
        assert (edit.status_code, removal.status_code) in {(200, 412), (404, 204)}
        assert store.get(path).status_code == (200 if edit.status_code == 200 else 404)


def test_50_posts_with_one_idempotency_key_have_one_effect(store: httpx.Client) -> None:
    token = customer(store)
    before = len(store.get("/api/carts/?userId=2").json())
    post = Call("POST", "/api/carts/", {"items": [{"productId": 4}]}, token, {"Idempotency-Key": "one cart, please"})
    answers = at_once(store, [post] * 50)
    assert set(statuses(answers)) <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in done].count(None) == 1
    running = [answer.json()["error"]["message"] for answer in answers if answer.status_code == 409]
    assert set(running) <= {"The first request with this Idempotency-Key is still running."}

    repeated = at_once(store, [post] * 20)
    assert {(again.status_code, again.content) for again in repeated} == {(201, done[0].content)}
    assert {again.headers["Idempotency-Replayed"] for again in repeated} == {"true"}
    assert len(store.get("/api/carts/?userId=2").json()) == before + 1


def test_a_key_holds_although_the_password_is_hashed_outside_of_the_transaction(store: httpx.Client) -> None:
    token = customer(store)
    body = {"username": "twice", "email": "twice@example.com", "password": "a long enough password"}
    post = Call("POST", "/api/users/", body, token, {"Idempotency-Key": "one user, please"})
    answers = at_once(store, [post] * 10)
    assert set(statuses(answers)) <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    (again,) = at_once(store, [post])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert [user["username"] for user in store.get("/api/users/").json()].count("twice") == 1


def test_one_key_of_two_callers_is_two_keys(store: httpx.Client) -> None:
    tokens = [customer(store), log_in(store, "johnd", "m38rmF$")["access"]]
    key = {"Idempotency-Key": "the same key"}
    answers = at_once(store, [Call("POST", "/api/carts/", {}, token, key) for token in tokens])
    assert statuses(answers) == {201: 2}
    assert [answer.json()["userId"] for answer in answers] == [2, 1]


def test_60_parallel_writes_on_a_pool_of_20_all_pass(store: httpx.Client) -> None:
    token = customer(store)
    line = {"items": [{"productId": 1}, {"productId": 2}]}
    address = {"city": "Cardiff", "street": "Orchard Row", "number": 1, "zipcode": "1"}
    writes = [
        *[Call("POST", "/api/carts/", line, token)] * (POOL * 2),
        *[Call("POST", f"/api/products/{product}/rating/", {"value": 4}, token) for product in range(1, 11)],
        *[Call("POST", "/api/users/me/addresses/", address, token)] * 10,
    ]
    answers = at_once(store, writes)
    assert statuses(answers) == {201: 3 * POOL}
    assert len({answer.json()["id"] for answer in answers[: POOL * 2]}) == POOL * 2


def test_60_parallel_reads_on_a_pool_of_20_all_pass(store: httpx.Client) -> None:
    token = customer(store)
    paths = ["/api/products/", "/api/products/1/", "/api/categories/", "/api/users/", "/api/carts/", "/api/auth/me"]
    answers = at_once(store, [Call("GET", path, None, token) for path in paths * (3 * POOL // len(paths))])
    assert statuses(answers) == {200: 3 * POOL}


@pytest.mark.usefixtures("full_cost")
def test_reads_go_on_during_a_storm_of_log_ins(store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        connection.execute("UPDATE store.users SET pwd_hash = %s WHERE id = 2", [hash_now("83r5^_")])

    async def storm(store: httpx.Client) -> tuple[int, list[httpx.Response]]:
        login = Call("POST", "/api/auth/login", {"username": "mor_2314", "password": "83r5^_"})
        async with racing_client(store) as client:
            logins = [asyncio.create_task(login.send(client)) for _ in range(STORM)]
            await next(asyncio.as_completed(logins))  # one is through: all the others wait for their hash
            for _ in range(STORM):
                assert (await client.get("/api/products/")).status_code == 200
            pending = sum(not each.done() for each in logins)
            return pending, await asyncio.gather(*logins)

    with serving_app("store", store_url, **PATIENT) as store:
        pending, answers = asyncio.run(storm(store))
    # As many reads as log-ins, one after another, and yet they were done when log-ins were still waiting.
    assert pending > 0
    assert statuses(answers) == {200: STORM}


def test_carts_that_take_products_in_opposite_order_do_not_deadlock(store: httpx.Client) -> None:
    token = customer(store)
    carts = [open_cart(store, token)["id"] for _ in range(2)]
    there, back = list(range(1, 21)), list(range(20, 0, -1))
    calls = [adding(cart, *order, token=token) for cart, order in zip(carts, (there, back), strict=True)]
    for _ in range(4):
        assert statuses(insist(store, calls * 10)) == {200: 20}
    assert [lines_of(store, cart) for cart in carts] == [dict.fromkeys(there, 40)] * 2


def test_two_users_who_give_each_other_their_carts_do_not_deadlock(store: httpx.Client) -> None:
    tokens = {2: customer(store), 3: log_in(store, "tessa_w", "walnut-ladder-9")["access"]}
    for _ in range(10):
        carts = {user: open_cart(store, token)["id"] for user, token in tokens.items()}
        gifts = [Call("PATCH", f"/api/carts/{carts[user]}/", {"userId": 5 - user}, tokens[user]) for user in (2, 3)]
        assert statuses(at_once(store, gifts)) == {200: 2}


def test_a_product_that_goes_while_carts_add_it_is_in_no_cart(store: httpx.Client, store_url: str) -> None:
    token = customer(store)
    carts = [open_cart(store, token, [(20, 1)])["id"] for _ in range(8)]
    for product in range(1, 16):
        adds = [adding(cart, 20, product, token=token) for cart in carts]
        *added, gone = insist(store, [*adds[:4], *adds, Call("DELETE", f"/api/products/{product}/", None, token)])
        assert gone.status_code == 204
        assert set(statuses(added)) <= {200, 400}
        refused = [answer.json()["error"] for answer in added if answer.status_code == 400]
        assert all(error["details"] == {"missing": [product]} for error in refused)
    with psycopg.connect(store_url) as connection:
        left = connection.execute("SELECT count(*) FROM store.cart_items WHERE product_id <= 15").fetchone()
    assert left == (0,)


def test_a_product_that_goes_does_not_disturb_adds_of_others(store: httpx.Client) -> None:
    token = customer(store)
    carts = [open_cart(store, token, [(product, 1) for product in range(1, 16)])["id"] for _ in range(4)]
    for product in range(1, 16):
        removal = Call("DELETE", f"/api/products/{product}/", None, token)
        adds = [adding(cart, 20, token=token) for cart in carts]
        assert statuses(insist(store, [*adds, removal, *adds])) == {200: 8, 204: 1}
    assert [lines_of(store, cart) for cart in carts] == [{20: 30}] * 4


def test_two_removals_of_a_product_that_carts_hold_and_swap(store: httpx.Client) -> None:
    """Each cart bumps a line of one product and takes in the other one, while both products go."""
    token = customer(store)
    for first in range(1, 19, 2):
        pair = (first, first + 1)
        carts = [open_cart(store, token, [(held, 1)])["id"] for held in pair]
        calls: list[Any] = [adding(cart, *pair, token=token) for cart in carts]
        calls += [Call("DELETE", f"/api/products/{product}/", None, token) for product in pair]
        answers = insist(store, calls)
        assert statuses(answers[2:]) == {204: 2}
        assert set(statuses(answers[:2])) <= {200, 400}
        assert [lines_of(store, cart) for cart in carts] == [{}, {}]


def test_the_token_of_a_racing_client_is_sent(store: httpx.Client) -> None:
    """The races above mean nothing where their requests were refused at the door."""
    assert statuses(at_once(store, [Call("GET", "/api/auth/me")])) == {401: 1}
    assert store.get("/api/auth/me", headers=bearer(customer(store))).json()["id"] == 2
