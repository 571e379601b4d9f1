"""Sessions: rotation, replay, and every way in which a session ends at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import jwt
import psycopg
import pytest

from portico.identity.passwords import hash_now
from tests.clocks import MovableClock
from tests.races import PASSWORD, bearer, log_in, register

REFRESH = "/api/auth/refresh"
OWNER = "mor_2314", "83r5^_"
STAFF = "johnd", "m38rmF$"


def refresh(client: httpx.Client, tokens: dict[str, Any], **headers: str) -> httpx.Response:
    return client.post(REFRESH, json={"refresh": tokens["refresh"]}, headers=headers)


def refreshed(client: httpx.Client, tokens: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = refresh(client, tokens, **headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def me(client: httpx.Client, tokens: dict[str, Any]) -> httpx.Response:
    return client.get("/api/auth/me", headers=bearer(tokens["access"]))


def is_live(client: httpx.Client, tokens: dict[str, Any]) -> bool:
    """Whether the very next request with the access token passes."""
    status = me(client, tokens).status_code
    assert status in {200, 401}
    return status == 200


def is_over(client: httpx.Client, tokens: dict[str, Any]) -> bool:
    return not is_live(client, tokens) and refresh(client, tokens).status_code == 401


def test_a_refresh_gives_other_tokens_under_both_names(still_store: httpx.Client) -> None:
    tokens = log_in(still_store, *OWNER)
    child = refreshed(still_store, tokens)
    for found in (tokens, child):
        assert (found["access"], found["refresh"]) == (found["access_token"], found["refresh_token"])
        assert (found["token_type"], found["expires_in"]) == ("Bearer", 1800)
    assert len({tokens["access"], tokens["refresh"], child["access"], child["refresh"]}) == 4
    assert is_live(still_store, child)
    assert is_live(still_store, tokens)  # the session goes on, and what was in flight with it


def test_refreshes_within_one_second_give_different_tokens(timed_store: httpx.Client) -> None:
    """The clock stands still."""
    family = [log_in(timed_store, *OWNER)]
    for _ in range(5):
        family.append(refreshed(timed_store, family[-1]))
    assert len({tokens["refresh"] for tokens in family}) == 6
    assert len({tokens["access"] for tokens in family}) == 6


def test_two_log_ins_within_one_second_are_two_sessions(timed_store: httpx.Client) -> None:
    one, other = (log_in(timed_store, *OWNER) for _ in range(2))
    assert one["refresh"] != other["refresh"]
    timed_store.post("/api/auth/logout", json={"refresh": one["refresh"]}, headers=bearer(one["access"]))
    assert is_over(timed_store, one)
    assert is_live(timed_store, other)


@pytest.mark.parametrize("seconds", [0, 5, 10])
def test_the_same_client_s_double_send_gets_the_same_child(
    timed_store: httpx.Client, clock: MovableClock, seconds: int
) -> None:
    tokens = log_in(timed_store, *OWNER)
    child = refreshed(timed_store, tokens)
    clock.move(seconds=seconds)
    again = refreshed(timed_store, tokens)
    assert again["refresh"] == child["refresh"]
    assert is_live(timed_store, again)
    assert refreshed(timed_store, child)["refresh"] != child["refresh"]


def test_a_replay_after_10_seconds_ends_the_family(timed_store: httpx.Client, clock: MovableClock) -> None:
    tokens = log_in(timed_store, *OWNER)
    child = refreshed(timed_store, tokens)
    clock.move(seconds=10.001)
    assert_replay_is_refused(refresh(timed_store, tokens))
    # The 401 did not roll it back: child and parent are over, their access tokens too.
    assert is_over(timed_store, child)
    assert is_over(timed_store, tokens)


def test_a_replay_by_another_client_ends_the_family_within_the_10_seconds(timed_store: httpx.Client) -> None:
    tokens = log_in(timed_store, *OWNER)
    child = refreshed(timed_store, tokens)
    assert_replay_is_refused(refresh(timed_store, tokens, **{"User-Agent": "a thief's"}))
    assert is_over(timed_store, child)


def test_a_token_whose_child_was_used_is_replayed_even_within_the_10_seconds(timed_store: httpx.Client) -> None:
    tokens = log_in(timed_store, *OWNER)
    child = refreshed(timed_store, tokens)
    grandchild = refreshed(timed_store, child)
    assert_replay_is_refused(refresh(timed_store, tokens))
    assert is_over(timed_store, grandchild)


def test_a_replay_ends_one_family_and_no_other(timed_store: httpx.Client, clock: MovableClock) -> None:
    stolen, other = log_in(timed_store, *OWNER), log_in(timed_store, *OWNER)
    strangers = log_in(timed_store, *STAFF)
    refreshed(timed_store, stolen)
    clock.move(minutes=1)
    assert refresh(timed_store, stolen).status_code == 401
    assert is_live(timed_store, other)
    assert is_live(timed_store, strangers)


def assert_replay_is_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_no_token_is_stored(store: httpx.Client, store_url: str) -> None:
    tokens = refreshed(store, log_in(store, *OWNER))
    with psycopg.connect(store_url) as connection:
        (row,) = connection.execute("SELECT row_to_json(s)::text FROM store.sessions s").fetchone() or ("",)
    for kind in ("access", "refresh"):
        assert all(part not in row for part in tokens[kind].split("."))
    assert jwt.decode(tokens["access"], options={"verify_signature": False})["jti"] not in row


def test_a_log_out_ends_its_session_alone(store: httpx.Client) -> None:
    one, other = log_in(store, *OWNER), log_in(store, *OWNER)
    answer = store.post("/api/auth/logout", json={"refresh": one["refresh"]}, headers=bearer(one["access"]))
    assert answer.status_code == 200
    assert is_over(store, one)
    assert is_live(store, other)


def test_a_log_out_with_a_token_that_was_used_still_ends_the_session(store: httpx.Client) -> None:
    tokens = log_in(store, *OWNER)
    child = refreshed(store, tokens)
    answer = store.post("/api/auth/logout", json={"refresh": tokens["refresh"]}, headers=bearer(child["access"]))
    assert answer.status_code == 200
    assert is_over(store, child)


def test_one_session_may_end_another_of_the_same_user(store: httpx.Client) -> None:
    here, there = log_in(store, *OWNER), log_in(store, *OWNER)
    logout = {"json": {"refresh": there["refresh"]}, "headers": bearer(here["access"])}
    assert store.post("/api/auth/logout", **logout).status_code == 200  # type: ignore[arg-type]
    again = store.post("/api/auth/logout", **logout)  # type: ignore[arg-type]
    assert (again.status_code, again.json()["error"]["message"]) == (400, "Invalid token")
    assert is_over(store, there)
    assert is_live(store, here)


def test_nobody_ends_somebody_else_s_session(store: httpx.Client) -> None:
    own, other = log_in(store, *OWNER), log_in(store, *STAFF)
    for token in (other["refresh"], other["access"], "no.token.here"):
        answer = store.post("/api/auth/logout", json={"refresh": token}, headers=bearer(own["access"]))
        assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Invalid token")
    assert store.post("/api/auth/logout", json={"refresh": other["refresh"]}).status_code == 401
    assert store.post("/api/auth/logout-all").status_code == 401
    assert is_live(store, own)
    assert is_live(store, other)


def test_a_log_out_everywhere_ends_all_sessions_of_one_user(store: httpx.Client) -> None:
    own = [log_in(store, *OWNER) for _ in range(3)]
    own.append(refreshed(store, own[2]))
    other = log_in(store, *STAFF)
    assert store.post("/api/auth/logout-all", headers=bearer(own[0]["access"])).status_code == 200
    assert all(is_over(store, each) for each in own)
    assert is_live(store, other)
    assert is_live(store, log_in(store, *OWNER))


@pytest.mark.parametrize("by", [OWNER, STAFF])
def test_a_new_password_ends_all_sessions(store: httpx.Client, by: tuple[str, str]) -> None:
    sessions = [log_in(store, *OWNER) for _ in range(2)]
    changer = log_in(store, *by)
    answer = store.patch("/api/users/2/", json={"password": PASSWORD}, headers=bearer(changer["access"]))
    assert answer.status_code == 200
    assert all(is_over(store, each) for each in sessions)
    assert is_live(store, changer) == (by == STAFF)
    assert store.post("/api/auth/login", json={"username": OWNER[0], "password": OWNER[1]}).status_code == 401
    assert is_live(store, log_in(store, OWNER[0], PASSWORD))


def test_a_password_that_is_refused_ends_none(store: httpx.Client) -> None:
    tokens = log_in(store, *OWNER)
    answer = store.patch("/api/users/2/", json={"password": "password"}, headers=bearer(tokens["access"]))
    assert answer.status_code == 400
    assert is_live(store, tokens)


def test_a_role_counts_from_the_next_request_on(private_store: httpx.Client, store_url: str) -> None:
    tokens = log_in(private_store, *OWNER)
    category = {"json": {"name": "Made by staff"}, "headers": bearer(tokens["access"])}
    assert private_store.post("/api/categories/", **category).status_code == 403  # type: ignore[arg-type]
    with psycopg.connect(store_url) as connection:
        connection.execute("UPDATE store.users SET is_staff = true WHERE id = 2")
    assert private_store.post("/api/categories/", **category).status_code == 201  # type: ignore[arg-type]
    assert me(private_store, tokens).json()["is_staff"] is True
    with psycopg.connect(store_url) as connection:
        connection.execute("UPDATE store.users SET is_staff = false WHERE id = 2")
    assert private_store.post("/api/categories/", **category).status_code == 403  # type: ignore[arg-type]


def test_an_account_that_is_switched_off_is_out_at_the_next_request(store: httpx.Client, store_url: str) -> None:
    """Also where whoever did it has left the session as it was."""
    tokens = log_in(store, *OWNER)
    child = refreshed(store, tokens)
    with psycopg.connect(store_url) as connection:
        connection.execute("UPDATE store.users SET is_active = false WHERE id = 2")
    assert me(store, child).status_code == 401
    assert refresh(store, child).status_code == 401
    assert store.post("/api/auth/login", json={"username": OWNER[0], "password": OWNER[1]}).status_code == 401


def test_a_double_send_gets_nothing_once_the_account_is_switched_off(store: httpx.Client, store_url: str) -> None:
    tokens = log_in(store, *OWNER)
    refreshed(store, tokens)
    with psycopg.connect(store_url) as connection:
        connection.execute("UPDATE store.users SET is_active = false WHERE id = 2")
    assert refresh(store, tokens).status_code == 401


def test_a_user_who_is_removed_is_out_at_the_next_request(store: httpx.Client) -> None:
    user = register(store, "leaver")
    tokens, staff = log_in(store, "leaver", PASSWORD), log_in(store, *STAFF)
    assert store.delete(f"/api/users/{user}/", headers=bearer(staff["access"])).status_code == 204
    assert is_over(store, tokens)


@pytest.mark.parametrize("change", ["pwd_hash = %(pwd_hash)s", "is_active = false"])
def test_a_log_in_beside_a_change_of_the_account_does_not_outlive_it(
    store: httpx.Client, store_url: str, change: str
) -> None:
    """The old password was right when it was looked up; by the time its hash is computed, it no longer is."""
    body = {"username": OWNER[0], "password": OWNER[1]}
    with psycopg.connect(store_url) as connection, ThreadPoolExecutor(1) as pool:
        connection.execute(f"UPDATE store.users SET {change} WHERE id = 2", {"pwd_hash": hash_now(PASSWORD)})
        connection.execute("UPDATE store.sessions SET ended_at = now() WHERE user_id = 2")
        logging_in = pool.submit(store.post, "/api/auth/login", json=body)
        wait_for(logging_in.done, or_blocked_by=connection, url=store_url)
        connection.commit()
        assert logging_in.result().status_code == 401


def wait_for(done: Any, *, or_blocked_by: psycopg.Connection[Any], url: str) -> None:
    """Return once it is done, or waits for what this connection's transaction holds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
    deadline = time.monotonic() + 30
    with psycopg.connect(url, autocommit=True) as watcher:
        while not done() and watcher.execute(waiting, [or_blocked_by.info.backend_pid]).fetchone() == (0,):
            assert time.monotonic() < deadline
            time.sleep(0.01)
