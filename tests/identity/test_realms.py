"""Two apps on one database, and a user of each with the same number: what opens the one opens nothing of the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest

from tests.contract.shop import PASSWORD, QUICK_HASH, unique
from tests.contract.shop import log_in as log_in_to_store
from tests.contract.stall import Account, Stall, open_stall, problem
from tests.databases import Databases
from tests.servers import serving_app

KEYS, TICKETS = "/api/v1/api-keys", "/api/v1/events/ticket"


@dataclass
class Both:
    """Items and the store, and the tokens of user `account.user_id` of each."""

    items: Stall
    account: Account
    store: httpx.Client
    store_tokens: dict[str, Any]


@pytest.fixture(scope="module")
def both(databases: Databases, worker_id: str) -> Iterator[Both]:
    with (
        open_stall(databases, worker_id, "private") as stall,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("STORE_MODE", "private")
        account, name = stall.account(is_admin=True), unique("account")
        with psycopg.connect(stall.url) as owner:
            owner.execute(
                "INSERT INTO store.users (id, username, email, pwd_hash, is_staff) OVERRIDING SYSTEM VALUE"
                " VALUES (%s, %s, %s, %s, true)",
                [account.user_id, name, f"{name}@example.com", QUICK_HASH],
            )
        with serving_app("store", stall.url) as store:
            yield Both(stall, account, store, log_in_to_store(store, name, PASSWORD))


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_an_access_token_is_for_one_app(both: Both) -> None:
    of_items, of_store = both.account.tokens["access_token"], both.store_tokens["access"]
    me, verify = "/api/auth/me", "/api/v1/auth/verify"
    assert both.store.get(me, headers=bearing(of_store)).json()["id"] == both.account.user_id
    assert both.store.get(me, headers=bearing(of_items)).status_code == 401
    assert both.items.nobody.post(verify, headers=bearing(of_items)).json()["id"] == both.account.user_id
    problem(both.items.nobody.post(verify, headers=bearing(of_store)), 401, "UNAUTHORIZED")
    category = {"json": {"name": unique("category")}}
    assert both.store.post("/api/categories/", headers=bearing(of_items), **category).status_code == 401
    assert both.store.post("/api/categories/", headers=bearing(of_store), **category).status_code == 201


def test_a_refresh_token_is_for_one_app(both: Both) -> None:
    of_items, of_store = both.account.tokens["refresh_token"], both.store_tokens["refresh"]
    assert both.store.post("/api/auth/refresh", json={"refresh": of_items}).status_code == 401
    problem(both.items.nobody.post("/api/v1/auth/refresh", json={"refresh_token": of_store}), 401, "UNAUTHORIZED")
    assert both.store.post("/api/auth/refresh", json={"refresh": of_store}).status_code == 200, "and it is not used up"


def test_an_api_key_is_for_one_app(both: Both) -> None:
    made = both.account.client.post(KEYS, json={"name": "robot", "scopes": ["items:write"]}).json()
    item = {"name": unique("Item"), "price": 1}
    for headers in ({"X-API-Key": made["key"]}, {"Authorization": f"ApiKey {made['key']}"}):
        assert both.items.nobody.post("/items", json=item, headers=headers).status_code == 201
        assert both.store.get("/api/auth/me", headers=headers).status_code == 401
        category = both.store.post("/api/categories/", json={"name": unique("category")}, headers=headers)
        assert category.status_code == 401
    # The other way about: the store's staff cannot make a key for items, and what is like one is none.
    problem(both.items.nobody.get(KEYS, headers=bearing(both.store_tokens["access"])), 401, "UNAUTHORIZED")
    foreign = {"X-API-Key": both.store_tokens["access"]}
    problem(both.items.nobody.post("/items", json=item, headers=foreign), 401, "UNAUTHORIZED")


def test_a_ticket_is_for_one_app(both: Both) -> None:
    problem(both.items.nobody.post(TICKETS, headers=bearing(both.store_tokens["access"])), 401, "UNAUTHORIZED")
    ticket = both.account.client.post(TICKETS).json()["ticket"]
    with psycopg.connect(both.items.url) as owner:
        assert owner.execute("UPDATE portico.tickets SET app = 'store'").rowcount == 1
    problem(both.items.nobody.get("/api/v1/events", params={"ticket": ticket}), 401, "UNAUTHORIZED")
