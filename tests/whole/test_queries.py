"""A list takes the same number of queries whether it has 1 row or 100, and so does every other GET."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import AsyncCursor

from portico import registry
from portico.identity.public import hash_now
from portico.kernel.database import fetch_one
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading
from tests.kernel.tiny import serving_tiny
from tests.servers import serving_app
from tests.whole.application import app_routes

FEW, MANY = 1, 100
PASSWORD = "a password of the tests"

# A row of everything that lists show, n times: what is first has n of whatever belongs to it.
STORE = """
    INSERT INTO store.users (username, email, pwd_hash, is_staff)
        SELECT 'u' || i, 'u' || i || '@example.com', %(pwd_hash)s, i = 1 FROM generate_series(1, %(n)s) i;
    INSERT INTO store.addresses (user_id, street) SELECT 1, 's' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO store.addresses (user_id, street) SELECT i, 'other' FROM generate_series(2, %(n)s) i;
    INSERT INTO store.categories (name) SELECT 'c' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO store.products (title, price) SELECT 'p' || i, i FROM generate_series(1, %(n)s) i;
    INSERT INTO store.product_categories SELECT 1, i, i FROM generate_series(1, %(n)s) i;
    INSERT INTO store.product_categories SELECT i, 1, 1 FROM generate_series(2, %(n)s) i;
    INSERT INTO store.ratings SELECT 1, i, 3 FROM generate_series(1, %(n)s) i;
    INSERT INTO store.carts (user_id, date) SELECT 1, '2026-01-01' FROM generate_series(1, %(n)s);
    INSERT INTO store.cart_items (cart_id, product_id, quantity) SELECT 1, i, i FROM generate_series(1, %(n)s) i;
    INSERT INTO store.cart_items (cart_id, product_id, quantity) SELECT i, 1, i FROM generate_series(2, %(n)s) i
    """
FILL = {"store": STORE}
LOGIN = {"store": ("/api/auth/login", {"username": "u1", "password": PASSWORD})}

# The path of a route that 1 in the place of each parameter does not make; and what a list needs to show all it has.
PATHS = {
    "/fakestoreapi/products/category/{name}": "/fakestoreapi/products/category/c1",
    "/pictures/{name}": "/pictures/1.svg",
    "/api/products/by-categories": "/api/products/by-categories?categoryIds=1",
    "/api/products": f"/api/products?limit={MANY}",
}
PARAMETER = re.compile(r"\{[^}]*\}")


class Statements:
    """How many the driver has been given."""

    count = 0


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    """Counts below everything of ours and of SQLAlchemy: each statement goes through one of the cursor's methods."""
    counted = Statements()

    def counting(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(cursor: Any, *args: Any, **kwargs: Any) -> Any:
            counted.count += 1
            return method(cursor, *args, **kwargs)

        return call

    for name in ("execute", "executemany", "stream", "copy"):
        monkeypatch.setattr(AsyncCursor, name, counting(getattr(AsyncCursor, name)))
    return counted


@contextmanager
def filled(app: str, url: str, n: int) -> Iterator[httpx.Client]:
    """The app with n rows of everything, and a client who is signed in."""
    with psycopg.connect(url) as owner:
        psycopg.ClientCursor(owner).execute(FILL[app].encode(), {"n": n, "pwd_hash": hash_now(PASSWORD)})
        owner.commit()
        owner.autocommit = True
        owner.execute("ANALYZE")
    with serving_app(app, url) as client:
        path, login = LOGIN[app]
        client.headers["Authorization"] = f"Bearer {client.post(path, json=login).json()['access']}"
        yield client


def measured(client: httpx.Client, statements: Statements, app: str, n: int) -> dict[str, int]:
    """From each GET of the app to its number of statements; the lists are seen to have n rows."""
    found = {}
    for each in app_routes():
        if each.app != app or "GET" not in (each.route.methods or ()):
            continue
        path = PATHS.get(each.route.path) or PARAMETER.sub("1", each.route.path)
        before = statements.count
        answer = client.get(path)
        found[each.route.path] = statements.count - before
        assert answer.status_code == 200, f"{path}: {answer.text}"
        if answer.headers["content-type"] == "application/json":
            body = answer.json()
            shown = body["results"] if isinstance(body, dict) and "results" in body else body
            assert not isinstance(shown, list) or len(shown) == n, path
    return found


@pytest.mark.parametrize("app", registry.APP_NAMES)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    app: str, new_database: Callable[..., str], statements: Statements
) -> None:
    with filled(app, new_database(), FEW) as client:
        few = measured(client, statements, app, FEW)
    with filled(app, new_database(), MANY) as client:
        many = measured(client, statements, app, MANY)
    assert many == few
    assert sum(count > 0 for count in few.values()) > len(few) / 2, "nothing is counted"


def test_a_list_that_asks_for_each_row_is_found(database_url: str, statements: Statements) -> None:
    rows = router()

    @rows.get("/rows/{n}", response_model=list[int], summary="As many queries as rows")
    async def each(n: int, reading: Reading) -> Any:
        return [(await fetch_one(reading, "SELECT 1 AS one") or {})["one"] for _ in range(n)]

    with serving_tiny(database_url, rows) as client:
        for n in (FEW, MANY):
            before = statements.count
            assert len(client.get(f"/rows/{n}").json()) == n
            assert statements.count - before == n
