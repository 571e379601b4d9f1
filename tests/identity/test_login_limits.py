"""Failed log-ins: what they cost, how many there may be, and whom they must not disturb."""

import time
from collections.abc import Callable

import httpx
import psycopg
import pytest

from portico.identity.login_limits import PER_ACCOUNT, PER_ADDRESS
from portico.identity.passwords import hash_now
from tests.clocks import MovableClock
from tests.races import Call, at_once, bearer, log_in, open_cart, statuses
from tests.servers import serving_app

LOGIN = "/api/auth/login"
OWNER = "mor_2314", "83r5^_"
OWNER_EMAIL = "moira.lindqvist@example.com"
STAFF = "johnd", "m38rmF$"
WINDOW = 15 * 60  # seconds


def attempt(client: httpx.Client, name: str, password: str = "a wrong password", *, via: str = "") -> httpx.Response:
    headers = {"X-Forwarded-For": via} if via else {}
    return client.post(LOGIN, json={"username": name, "password": password}, headers=headers)


def fail_until(url: str, failures: int) -> None:
    """Raise every counter there is to so many failures. Each failure by itself costs a hash."""
    with psycopg.connect(url) as connection:
        assert connection.execute("UPDATE portico.login_failures SET failures = %s", [failures]).rowcount


def assert_shut(answer: httpx.Response, *, within: int = WINDOW) -> None:
    assert answer.status_code == 429, answer.text
    assert answer.json()["error"]["code"] == "RATE_LIMITED"
    assert 1 <= int(answer.headers["Retry-After"]) <= within


def test_10_failures_shut_an_account_also_for_the_right_password(store: httpx.Client) -> None:
    answers = [attempt(store, OWNER[0]) for _ in range(PER_ACCOUNT)]
    assert statuses(answers) == {401: 10}
    assert {answer.content for answer in answers} == {answers[0].content}
    assert_shut(attempt(store, OWNER[0]))
    assert_shut(attempt(store, *OWNER))
    assert log_in(store, *STAFF)["access"]  # others are not concerned


def test_guesses_sent_in_parallel_get_no_more_answers_than_guesses_in_turn(store: httpx.Client) -> None:
    body = {"username": OWNER[0], "password": "a wrong password"}
    answers = at_once(store, [Call("POST", LOGIN, body)] * 16)
    assert statuses(answers) == {401: PER_ACCOUNT, 429: 16 - PER_ACCOUNT}
    for answer in answers:
        if answer.status_code == 429:
            assert_shut(answer)


def test_an_account_has_one_count_under_all_its_names(store: httpx.Client, store_url: str) -> None:
    names = [OWNER[0], OWNER[0].upper(), OWNER_EMAIL, OWNER_EMAIL.title()]
    assert statuses(attempt(store, name) for name in names) == {401: 4}
    fail_until(store_url, PER_ACCOUNT)
    for name in names:
        assert_shut(attempt(store, name, OWNER[1]))


def test_a_name_of_nobody_is_shut_like_an_account(store: httpx.Client, store_url: str) -> None:
    """Else the limit would tell which names there are."""
    known, unknown = attempt(store, OWNER[0]), attempt(store, "nobody")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    fail_until(store_url, PER_ACCOUNT)
    known, unknown = attempt(store, OWNER[0]), attempt(store, "NoBody")
    assert_shut(known)
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_the_right_password_forgets_the_failures_before(store: httpx.Client, store_url: str) -> None:
    attempt(store, OWNER[0])
    fail_until(store_url, PER_ACCOUNT - 1)
    assert log_in(store, *OWNER)["access"]
    assert attempt(store, OWNER[0]).status_code == 401
    assert attempt(store, OWNER[0]).status_code == 401


def test_an_account_opens_after_15_minutes(timed_store: httpx.Client, store_url: str, clock: MovableClock) -> None:
    attempt(timed_store, OWNER[0])
    fail_until(store_url, PER_ACCOUNT)
    clock.move(seconds=WINDOW - 1)
    answer = attempt(timed_store, *OWNER)
    assert_shut(answer)
    assert answer.headers["Retry-After"] == "1"
    clock.move(seconds=1)
    assert attempt(timed_store, OWNER[0]).status_code == 401  # one, of a new window
    assert log_in(timed_store, *OWNER)["access"]


def test_a_live_session_is_never_locked_out(store: httpx.Client, store_url: str) -> None:
    tokens = log_in(store, *OWNER)
    attempt(store, OWNER[0])
    fail_until(store_url, PER_ADDRESS)  # of the account and of the address it calls from
    assert_shut(attempt(store, *OWNER))
    assert store.get("/api/auth/me", headers=bearer(tokens["access"])).status_code == 200
    answer = store.post("/api/auth/refresh", json={"refresh": tokens["refresh"]})
    assert answer.status_code == 200
    assert open_cart(store, answer.json()["access"])["userId"] == 2


def test_what_is_counted_names_nobody(store: httpx.Client, store_url: str) -> None:
    """People type passwords where the name should be."""
    attempt(store, "my secret password")
    with psycopg.connect(store_url) as connection:
        rows = connection.execute("SELECT app, subject, failures FROM portico.login_failures").fetchall()
    assert [(app, len(subject), failures) for app, subject, failures in rows] == [("store", 32, 1)] * 2


def test_100_failures_shut_an_address(store: httpx.Client, store_url: str) -> None:
    attempt(store, "nobody")
    fail_until(store_url, PER_ADDRESS - 1)
    assert attempt(store, "nobody else").status_code == 401
    assert_shut(attempt(store, "yet another"))
    assert_shut(attempt(store, *STAFF))


def test_a_caller_cannot_say_where_it_calls_from(store: httpx.Client, store_url: str) -> None:
    attempt(store, "nobody", via="203.0.113.1")
    fail_until(store_url, PER_ADDRESS)
    assert_shut(attempt(store, "nobody else", via="203.0.113.2"))


def test_behind_our_own_proxies_each_address_has_its_count(store_url: str) -> None:
    with serving_app("store", store_url, trusted_proxies=("127.0.0.1", "10.0.0.0/8")) as store:
        attempt(store, "nobody", via="203.0.113.1")
        fail_until(store_url, PER_ADDRESS)
        # The last hop that is not ours counts, whatever stands before it.
        assert_shut(attempt(store, "another", via="203.0.113.1"))
        assert_shut(attempt(store, "another", via="198.51.100.7, 203.0.113.1"))
        assert_shut(attempt(store, "another", via="203.0.113.1, 10.1.2.3"))
        for open_ in ("203.0.113.2", "203.0.113.1, 198.51.100.7", "203.0.113.1, 198.51.100.7, 10.1.2.3"):
            assert attempt(store, "another", via=open_).status_code == 401


def test_the_facade_s_log_in_counts_too(store: httpx.Client, store_url: str) -> None:
    body = {"username": OWNER[0], "password": "wrong"}
    assert store.post("/fakestoreapi/auth/login", json=body).status_code == 401
    fail_until(store_url, PER_ACCOUNT)
    assert_shut(attempt(store, *OWNER))
    assert store.post("/fakestoreapi/auth/login", json={**body, "password": OWNER[1]}).status_code == 429


@pytest.mark.usefixtures("full_cost")
def test_a_hash_is_computed_whether_there_is_such_an_account_or_not(store: httpx.Client, store_url: str) -> None:
    """Compared in processor time of this process, the server's, which other load on the machine does not stretch."""
    with psycopg.connect(store_url) as connection:
        connection.execute("UPDATE store.users SET pwd_hash = %s", [hash_now("another password")])
        connection.execute("UPDATE store.users SET is_active = false WHERE id = 3")
        connection.execute("UPDATE store.users SET pwd_hash = NULL WHERE id = 4")
        (without,) = connection.execute("SELECT username FROM store.users WHERE id = 4").fetchone() or ("",)
    one_hash = processor_time(lambda: hash_now("a wrong password"))
    attempt(store, OWNER[0])  # warm
    for name in (OWNER[0], "nobody", "nobody@example.com", "tessa_w", without):
        answers: list[httpx.Response] = []
        assert processor_time(lambda: answers.append(attempt(store, name))) > 0.5 * one_hash, name  # noqa: B023 - at once
        assert (answers[0].status_code, answers[0].json()["error"]["message"]) == (
            401,
            "Incorrect username or password",
        )


@pytest.mark.usefixtures("full_cost")
def test_an_account_that_is_shut_costs_no_hash(store: httpx.Client, store_url: str) -> None:
    attempt(store, OWNER[0])
    fail_until(store_url, PER_ACCOUNT)
    one_hash = processor_time(lambda: hash_now("a wrong password"))
    assert processor_time(lambda: attempt(store, OWNER[0])) < 0.5 * one_hash


def processor_time(work: Callable[[], object]) -> float:
    """The least of three, in seconds."""
    times = []
    for _ in range(3):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.parametrize(
    "name", ["mor_2314' OR '1'='1", "%", "MOR\u20112314", "mor_\n2314", "mor_2314\u200b", "x" * 254, ""]
)
def test_a_name_that_is_none_is_refused_like_any_other(still_store: httpx.Client, name: str) -> None:
    answer = attempt(still_store, name, OWNER[1])
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Incorrect username or password")
