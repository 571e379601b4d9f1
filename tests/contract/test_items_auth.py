"""Log-in, verification and refresh of items, its root, and the paths by which all of it is reached."""

from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from portico.kernel.runtime import installed_version
from tests.clocks import MovableClock
from tests.contract.shop import PASSWORD
from tests.contract.stall import SAMPLE, Stall, item, log_in, open_stall, problem
from tests.databases import Databases
from tests.races import bearer

REFRESH = "/api/v1/auth/refresh"
USER = {"id", "email", "username", "is_active", "created_at", "updated_at"}


@pytest.fixture
def timed_stall(databases: Databases, worker_id: str, clock: MovableClock) -> Iterator[Stall]:
    with open_stall(databases, worker_id, "sandbox", clock=clock) as stall:
        yield stall


def whose(client: httpx.Client, token: str) -> httpx.Response:
    return client.post("/api/v1/auth/verify", headers=bearer(token))


def renewed(client: httpx.Client, token: str) -> dict[str, Any]:
    found = client.post(REFRESH, headers=bearer(token))
    assert found.status_code == 200, found.text
    body: dict[str, Any] = found.json()
    return body


def test_the_flow_of_the_documents(stall: Stall) -> None:
    """Log in, verify, refresh by the access token, and read what the sample data has."""
    tokens = log_in(stall.nobody, *SAMPLE)
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 1800)
    user = whose(stall.nobody, tokens["access_token"])
    assert user.status_code == 200
    assert set(user.json()) == USER
    assert (user.json()["email"], user.json()["is_active"]) == (SAMPLE[0], True)
    child = stall.nobody.post(REFRESH, json={"refresh_token": tokens["refresh_token"]}).json()
    assert set(child) == set(tokens)
    again = renewed(stall.nobody, child["access_token"])
    assert set(again) == set(tokens) - {"refresh_token"}
    assert len({each["access_token"] for each in (tokens, child, again)}) == 3
    assert whose(stall.nobody, again["access_token"]).json() == user.json()
    samples = {row["name"]: (row["price"], row["quantity"]) for row in stall.nobody.get("/items").json()}
    assert samples["Sample Item"] == (9.99, 100)
    assert samples["Premium Item"] == (29.99, 50)


def test_a_log_in_that_fails(stall: Stall) -> None:
    for email, password in ((SAMPLE[0], "wrong password"), ("nobody@example.com", PASSWORD), ("", "")):
        found = stall.nobody.post("/api/v1/auth/login", json={"email": email, "password": password})
        assert problem(found, 401, "UNAUTHORIZED")["detail"] == "Incorrect email or password"
        assert found.headers["www-authenticate"] == "Bearer"
    problem(stall.nobody.post("/api/v1/auth/login", json={"email": SAMPLE[0]}), 422, "VALIDATION_ERROR")


def test_a_disabled_account_is_told_so_once_it_has_shown_its_password(stall: Stall) -> None:
    account = stall.account()
    path = f"/api/v1/users/{account.user_id}"
    assert stall.nobody.put(path, json={"is_active": False}).json()["is_active"] is False
    login = {"email": account.email, "password": PASSWORD}
    assert problem(stall.nobody.post("/auth/login", json=login), 403, "FORBIDDEN")["detail"] == "Inactive user"
    wrong = stall.nobody.post("/auth/login", json={**login, "password": "wrong password"})
    assert problem(wrong, 401, "UNAUTHORIZED")["detail"] == "Incorrect email or password"
    stall.nobody.put(path, json={"is_active": True})
    assert whose(stall.nobody, account.tokens["access_token"]).status_code == 401, "the session ended with the account"
    log_in(stall.nobody, account.email, PASSWORD)


def test_bad_tokens(stall: Stall) -> None:
    problem(stall.nobody.post("/api/v1/auth/verify"), 401, "UNAUTHORIZED")
    tokens = log_in(stall.nobody, *SAMPLE)
    for bad in ("x", tokens["refresh_token"], tokens["access_token"][:-2]):
        problem(whose(stall.nobody, bad), 401, "UNAUTHORIZED")
        problem(stall.nobody.post(REFRESH, headers=bearer(bad)), 401, "UNAUTHORIZED")
        problem(stall.nobody.post("/items", json={"name": "A", "price": 1}, headers=bearer(bad)), 401, "UNAUTHORIZED")
    problem(stall.nobody.post(REFRESH), 401, "UNAUTHORIZED")
    problem(stall.nobody.post(REFRESH, json={"refresh_token": tokens["access_token"]}), 401, "UNAUTHORIZED")
    # A stale header beside a good refresh token is what clients send.
    found = stall.nobody.post(REFRESH, json={"refresh_token": tokens["refresh_token"]}, headers=bearer("stale"))
    assert found.status_code == 200


def test_a_refresh_token_that_comes_back_ends_its_session(timed_stall: Stall, clock: MovableClock) -> None:
    tokens = log_in(timed_stall.nobody, *SAMPLE)
    child = timed_stall.nobody.post(REFRESH, json={"refresh_token": tokens["refresh_token"]}).json()
    clock.move(seconds=11)
    replay = timed_stall.nobody.post(REFRESH, json={"refresh_token": tokens["refresh_token"]})
    problem(replay, 401, "UNAUTHORIZED")
    problem(whose(timed_stall.nobody, child["access_token"]), 401, "UNAUTHORIZED")


def test_access_tokens_renew_one_another_until_the_session_ends(timed_stall: Stall, clock: MovableClock) -> None:
    token = log_in(timed_stall.nobody, *SAMPLE)["access_token"]
    left = 7 * 24 * 3600
    while left > 1799:
        clock.move(seconds=1799)
        left -= 1799
        last = renewed(timed_stall.nobody, token)
        token = last["access_token"]
    assert last["expires_in"] == left
    assert jwt.decode(token, options={"verify_signature": False})["exp"] == int(clock().timestamp()) + left
    clock.move(seconds=left)
    problem(timed_stall.nobody.post(REFRESH, headers=bearer(token)), 401, "UNAUTHORIZED")


def test_in_private_mode_only_a_refresh_token_refreshes(private_stall: Stall) -> None:
    account = private_stall.account()
    found = problem(account.client.post(REFRESH), 422, "VALIDATION_ERROR")
    assert [each["field"] for each in found["errors"]] == ["refresh_token"]


def test_every_path_has_its_short_forms(stall: Stall) -> None:
    made = item(stall.nobody)
    for prefix in ("/api/v1", "/api", ""):
        for path in (f"/items/{made['id']}", "/items", "/users"):
            for slash in ("", "/"):
                assert stall.nobody.get(f"{prefix}{path}{slash}").status_code == 200, (prefix, path)
        login = {"email": SAMPLE[0], "password": SAMPLE[1]}
        assert stall.nobody.post(f"{prefix}/auth/login", json=login).status_code == 200
    for path in ("/api/v3/items", "/v1/items", "/api/v2/users", "/itemsx"):
        problem(stall.nobody.get(path), 404, "NOT_FOUND")


def test_the_root_tells_what_this_is(stall: Stall) -> None:
    about = stall.nobody.get("/").json()
    assert about == {"message": "Welcome to Portico Items", "documentation": "/docs", "version": installed_version()}
    assert stall.nobody.get(about["documentation"]).headers["content-type"].startswith("text/html")
    assert "<h1>" in stall.nobody.get("/", headers={"Accept": "text/html"}).text
    configuration = stall.nobody.get("/config").json()
    assert configuration == {
        "app_name": "Portico Items", "version": installed_version(), "environment": "testing", "debug": False,
        "docs_enabled": True,
    }  # fmt: skip
    assert stall.nobody.get("/health").json()["status"] == "healthy"
    assert {"/api/v1/items", "/api/v2/items", "/config"} <= set(stall.nobody.get("/openapi.json").json()["paths"])
