"""What holds in one process holds over two: nothing that matters is remembered in a worker alone."""

from collections.abc import Iterator

import httpx
import psycopg
import pytest

from tests.commands import portico_serve, served
from tests.contract.shop import OWNER, STAFF, STRANGER, log_in, seeded
from tests.databases import Databases
from tests.races import Call, at_once, bearer, insist, open_cart, quantities, statuses

POOL = 20  # DB_POOL_SIZE's default, of each worker
REFRESH = "/api/auth/refresh"


@pytest.fixture(scope="module")
def url(databases: Databases, worker_id: str) -> Iterator[str]:
    with seeded(databases, worker_id) as url:
        yield url


@pytest.fixture(scope="module")
def store(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """`portico serve store --workers 2`, started once for all these tests."""
    command = portico_serve("store", "--workers", "2")
    folder = tmp_path_factory.mktemp("workers")
    settings = {"DATABASE_URL": url, "STORE_MODE": "sandbox", "WEB_CONCURRENCY": "2"}
    with served(command, folder=folder, **settings) as serving:
        yield serving.client


@pytest.fixture(scope="module")
def token(store: httpx.Client) -> str:
    found: str = log_in(store, *OWNER)["access"]
    return found


def test_200_parallel_adds_of_1_give_200(store: httpx.Client, url: str, token: str) -> None:
    path = f"/api/carts/{open_cart(store, token)['id']}/"
    add = Call("PATCH", path, {"add": [{"productId": 1, "quantity": 1}]}, token)
    assert statuses(insist(store, [add] * 200)) == {200: 200}
    assert quantities(store.get(path).json()) == {1: 200}
    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        (connections,) = connection.execute(query).fetchone() or (0,)
    assert connections > POOL, "one worker did everything: these tests would show nothing"


def test_of_50_writers_with_one_etag_one_wins(store: httpx.Client, token: str) -> None:
    tag = {"If-Match": store.get("/api/products/3/").headers["ETag"]}
    edits = [Call("PATCH", "/api/products/3/", {"title": f"Edit {number}"}, token, tag) for number in range(50)]
    answers = at_once(store, edits)
    assert statuses(answers) == {200: 1, 412: 49}
    assert store.get("/api/products/3/").json() in [answer.json() for answer in answers]


def test_50_posts_with_one_idempotency_key_have_one_effect(store: httpx.Client, token: str) -> None:
    before = len(store.get("/api/carts/?userId=2").json())
    post = Call("POST", "/api/carts/", {"items": [{"productId": 4}]}, token, {"Idempotency-Key": "one cart"})
    answers = at_once(store, [post] * 50)
    assert set(statuses(answers)) <= {201, 409}
    again = at_once(store, [post] * 10)
    assert statuses(again) == {201: 10}
    assert {answer.headers["Idempotency-Replayed"] for answer in again} == {"true"}
    assert len({answer.content for answer in [*answers, *again] if answer.status_code == 201}) == 1
    assert len(store.get("/api/carts/?userId=2").json()) == before + 1


def test_16_parallel_refreshes_have_one_child_which_a_replay_ends(store: httpx.Client) -> None:
    tokens = log_in(store, *OWNER)
    answers = at_once(store, [Call("POST", REFRESH, {"refresh": tokens["refresh"]})] * 16)
    assert statuses(answers) == {200: 16}
    (child,) = {answer.json()["refresh"] for answer in answers}
    thief = {"User-Agent": "a thief's"}
    assert statuses(at_once(store, [Call("POST", REFRESH, {"refresh": tokens["refresh"]}, headers=thief)])) == {401: 1}
    accesses = [answer.json()["access"] for answer in answers]
    assert statuses(at_once(store, [Call("GET", "/api/auth/me", None, each) for each in accesses])) == {401: 16}
    assert statuses(at_once(store, [Call("POST", REFRESH, {"refresh": child})] * 8)) == {401: 8}


def test_a_log_out_counts_at_once_in_every_worker(store: httpx.Client) -> None:
    for _ in range(3):
        tokens = log_in(store, *STRANGER)
        me = Call("GET", "/api/auth/me", None, tokens["access"])
        assert statuses(at_once(store, [me] * 20)) == {200: 20}
        log_out = {"json": {"refresh": tokens["refresh"]}, "headers": bearer(tokens["access"])}
        assert store.post("/api/auth/logout", **log_out).status_code == 200  # type: ignore[arg-type]
        assert statuses(at_once(store, [me] * 20)) == {401: 20}


def test_a_role_counts_at_once_in_every_worker(store: httpx.Client, url: str) -> None:
    me = Call("GET", "/api/auth/me", None, log_in(store, *STRANGER)["access"])
    for is_staff in (True, False):
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE store.users SET is_staff = %s WHERE username = %s", [is_staff, STRANGER[0]])
        assert {answer.json()["is_staff"] for answer in at_once(store, [me] * 20)} == {is_staff}


def test_parallel_guesses_are_counted_over_all_workers(store: httpx.Client) -> None:
    guess = Call("POST", "/api/auth/login", {"username": "nobody", "password": "a wrong password"})
    assert statuses(at_once(store, [guess] * 16)) == {401: 10, 429: 6}
    assert log_in(store, *STAFF)["access"]
