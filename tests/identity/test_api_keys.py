"""API keys: shown once, good for their scopes alone, refused once they are revoked, too old or their user gone."""

import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.clocks import MovableClock
from tests.commands import eventually
from tests.contract.stall import Account, Stall, item, open_stall, problem, unique
from tests.databases import Databases

KEYS = "/api/v1/api-keys"
DAY = 24 * 3600


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="module")
def stall(databases: Databases, worker_id: str, clock: MovableClock) -> Iterator[Stall]:
    """Items in private mode, which goes by the test's clock."""
    with open_stall(databases, worker_id, "private", clock=clock) as stall:
        yield stall


def new_key(account: Account, *scopes: str, **values: Any) -> dict[str, Any]:
    found = account.client.post(KEYS, json={"name": "robot", "scopes": scopes or ["items:write"], **values})
    assert found.status_code == 201, found.text
    assert found.headers["cache-control"] == "no-store"
    made: dict[str, Any] = found.json()
    return made


def adds(stall: Stall, key: str, *, header: str = "X-API-Key") -> httpx.Response:
    return stall.nobody.post("/items", json={"name": unique("Item"), "price": 1}, headers={header: key})


def stored(stall: Stall, key: dict[str, Any]) -> dict[str, Any]:
    with psycopg.connect(stall.url, row_factory=psycopg.rows.dict_row) as owner:
        return owner.execute("SELECT * FROM items.api_keys WHERE id = %s", [key["id"]]).fetchone() or {}


def test_a_key_is_shown_once_and_only_its_hash_is_kept(stall: Stall) -> None:
    account = stall.account()
    key = new_key(account, expires_in_days=7)
    assert key["key"].startswith("pk_")
    assert len(key["key"]) == len("pk_") + 43, "256 bits in base64"
    (listed,) = account.client.get(KEYS).json()
    assert listed == {name: value for name, value in key.items() if name != "key"}
    assert listed["hint"] == key["key"][:8]
    row = stored(stall, key)
    assert row["digest"] == hashlib.sha256(key["key"].encode()).digest()
    assert key["key"] not in str(row)


def test_both_headers_carry_a_key(stall: Stall) -> None:
    account = stall.account()
    key = new_key(account)["key"]
    made = [adds(stall, key), adds(stall, f"ApiKey {key}", header="Authorization")]
    assert [answer.status_code for answer in made] == [201, 201]
    with psycopg.connect(stall.url) as owner:
        owners = owner.execute("SELECT owner_id FROM items.items ORDER BY id DESC LIMIT 2").fetchall()
    assert owners == [(account.user_id,)] * 2
    for wrong in (f"{key}x", "pk_", "", "Bearer", account.tokens["access_token"]):
        assert adds(stall, wrong).status_code == 401
    assert adds(stall, f"Bearer {key}", header="Authorization").status_code == 401


def test_a_key_may_what_its_scopes_name_and_its_user_may(stall: Stall) -> None:
    user, admin = stall.account(), stall.account(is_admin=True)
    others = item(stall.account().client)
    path = f"/items/{others['id']}"

    def patched(key: dict[str, Any]) -> int:
        return stall.nobody.put(path, json={"quantity": 1}, headers={"X-API-Key": key["key"]}).status_code

    assert patched(new_key(admin, "items:write", "items:write-any")) == 200
    assert patched(new_key(admin, "items:write")) == 403, "the scope is the smaller one"
    assert patched(new_key(user, "items:write", "items:write-any")) == 403, "a key may not more than its user"
    reading = {"X-API-Key": new_key(admin, "users:read")["key"]}
    assert stall.nobody.get(f"/users/{user.user_id}", headers=reading).status_code == 200
    assert adds(stall, reading["X-API-Key"]).status_code == 403
    own = {"X-API-Key": new_key(user)["key"]}
    assert stall.nobody.get(f"/users/{admin.user_id}", headers=own).status_code == 404
    assert (
        stall.nobody.put(f"/users/{user.user_id}", json={"password": "a new password"}, headers=own).status_code == 404
    )


def test_what_is_for_people_is_not_for_keys(stall: Stall) -> None:
    headers = {"X-API-Key": new_key(stall.account())["key"]}
    for method, path in (("GET", KEYS), ("POST", KEYS), ("GET", "/auth/sessions"), ("POST", "/auth/verify")):
        problem(stall.nobody.request(method, path, json={}, headers=headers), 403, "FORBIDDEN")


def test_a_revoked_key_is_refused_at_once(stall: Stall) -> None:
    account, stranger = stall.account(), stall.account()
    key, other = new_key(account), new_key(account)
    assert stranger.client.delete(f"{KEYS}/{key['id']}").status_code == 404
    assert account.client.delete(f"{KEYS}/{key['id']}").status_code == 204
    assert account.client.delete(f"{KEYS}/{key['id']}").status_code == 404
    assert account.client.delete(f"{KEYS}/nonsense").status_code == 404
    assert (adds(stall, key["key"]).status_code, adds(stall, other["key"]).status_code) == (401, 201)
    assert [row["id"] for row in account.client.get(KEYS).json()] == [other["id"]]


def test_a_key_ends_with_its_account(stall: Stall) -> None:
    account, admin = stall.account(), stall.account(is_admin=True)
    key = new_key(account)["key"]
    assert adds(stall, key).status_code == 201
    assert admin.client.put(f"/users/{account.user_id}", json={"is_active": False}).status_code == 200
    assert adds(stall, key).status_code == 401
    assert admin.client.delete(f"/users/{account.user_id}").status_code == 204
    assert adds(stall, key).status_code == 401


def test_a_role_that_is_taken_away_is_gone_from_tokens_and_keys(stall: Stall) -> None:
    admin, other = stall.account(is_admin=True), stall.account()
    key = {"X-API-Key": new_key(admin, "users:read")["key"]}
    path = f"/users/{other.user_id}"
    assert (admin.client.get(path).status_code, stall.nobody.get(path, headers=key).status_code) == (200, 200)
    with psycopg.connect(stall.url) as owner:
        owner.execute("UPDATE items.users SET is_admin = false WHERE id = %s", [admin.user_id])
    assert (admin.client.get(path).status_code, stall.nobody.get(path, headers=key).status_code) == (404, 404)


def test_what_a_key_must_be(stall: Stall) -> None:
    client = stall.account().client
    for wrong in (
        {"scopes": []}, {"scopes": ["items:everything"]}, {"scopes": ["passwords:common"]}, {"name": ""},
        {"expires_in_days": 0}, {"expires_in_days": 366}, {"extra": 1},
    ):  # fmt: skip
        body = {"name": "robot", "scopes": ["items:write"], **wrong}
        problem(client.post(KEYS, json=body), 422, "VALIDATION_ERROR")
    assert client.get(KEYS).json() == []


def test_the_last_use_is_noted_once_a_minute(stall: Stall, clock: MovableClock) -> None:
    key = new_key(stall.account())

    def used() -> Any:
        return stored(stall, key)["last_used_at"]

    assert used() is None
    adds(stall, key["key"])
    first = eventually(used, within=20)
    assert first == clock()
    clock.move(seconds=59)
    adds(stall, key["key"])
    clock.move(seconds=1)
    assert used() == first
    adds(stall, key["key"])
    eventually(lambda: used() == clock(), within=20)


def test_a_key_expires(stall: Stall, clock: MovableClock) -> None:
    key = new_key(stall.account(), expires_in_days=1)["key"]
    clock.move(seconds=DAY - 1)
    assert adds(stall, key).status_code == 201
    clock.move(seconds=1)
    assert adds(stall, key).status_code == 401
