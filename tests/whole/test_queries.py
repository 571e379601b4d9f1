"""A list takes the same number of queries whether it has 1 row or 100, and so does every other GET."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg import AsyncCursor

from portico import registry
from portico.identity.public import hash_now
from portico.kernel.database import fetch_one
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading
from tests.contract.browsing import Visitor
from tests.kernel.tiny import serving_tiny
from tests.servers import serving_app
from tests.whole import audit_rows, factory_rows, releases_rows
from tests.whole.application import app_routes

FEW, MANY = 1, 100
PASSWORD = "a password of the tests"

# A row of everything that lists show, n times: what is first has n of whatever belongs to it.
STORE = """
    INSERT INTO store.users (username, email, pwd_hash, is_staff)
        SELECT 'u' || i, 'u' || i || '@example.com', %(pwd_hash)s, i = 1 FROM generate_series(1, %(n)s) i;
    INSERT INTO store.sessions (id, user_id, created_at, rotated_at, expires_at, address, user_agent)
        SELECT gen_random_uuid(), 1, now(), now(), now() + interval '1 day', '', '' FROM generate_series(2, %(n)s);
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
ITEMS = """
    INSERT INTO items.users (username, email, pwd_hash, is_admin)
        SELECT 'u' || i, 'u' || i || '@example.com', %(pwd_hash)s, i = 1 FROM generate_series(1, %(n)s) i;
    INSERT INTO items.sessions (id, user_id, created_at, rotated_at, expires_at, address, user_agent)
        SELECT gen_random_uuid(), 1, now(), now(), now() + interval '1 day', '', '' FROM generate_series(2, %(n)s);
    INSERT INTO items.api_keys (id, user_id, name, digest, hint, scopes, created_at, expires_at)
        SELECT gen_random_uuid(), 1, 'k', int4send(i), '', '{}', now(), now() + interval '1 day'
        FROM generate_series(1, %(n)s) i;
    INSERT INTO items.items (name, price, owner_id) SELECT 'item ' || i, i, i FROM generate_series(1, %(n)s) i;
    INSERT INTO portico.files (id, app, owner, name, state, media_type, size, sha256)
        SELECT gen_random_uuid(), 'items', 'item:1', 'f' || i, 'kept', 'text/plain', 1, 'x'
        FROM generate_series(1, %(n)s) i;
    INSERT INTO portico_queue.procrastinate_jobs (queue_name, task_name) VALUES ('items.default', 'items.import');
    INSERT INTO portico.jobs (id, app, name, owner) VALUES (1, 'items', 'items.import', '1');
    INSERT INTO items.imports (job_id, user_id, file_id) VALUES (1, 1, gen_random_uuid());
    INSERT INTO items.import_flaws SELECT 1, i, 'name', 'wrong' FROM generate_series(1, %(n)s) i;
    INSERT INTO portico.notifications (app, user_key, topic, title, body, data, is_shown)
        SELECT 'items', '1', 't', 't', '', '{}', true FROM generate_series(1, %(n)s);
    INSERT INTO portico.event_log (app, actor, actor_name, address, action, object, details)
        SELECT 'items', '', '', '', 'a', 'o', '{}' FROM generate_series(1, %(n)s);
    INSERT INTO portico.webhook_endpoints (id, app, owner, url, topics)
        SELECT lpad(to_hex(i), 32, '0')::uuid, 'items', '1', 'https://example.com', '{*}'
        FROM generate_series(1, %(n)s) i;
    INSERT INTO portico.webhook_deliveries (app, endpoint_id, event_id, topic, key, payload, happened_at, next_at)
        SELECT 'items', lpad('1', 32, '0')::uuid, i, 't', 'k', '{}', now(), now() FROM generate_series(1, %(n)s) i
    """
FILL = {"store": STORE, "items": ITEMS, "releases": releases_rows.RELEASES, "factory": factory_rows.FACTORY}
LOGIN = {
    "store": ("/api/auth/login", {"username": "u1", "password": PASSWORD}),
    "items": ("/auth/login", {"email": "u1", "password": PASSWORD}),
    "releases": ("/api/v1/auth/login", {"email": "u1@example.com", "password": PASSWORD}),
    "factory": ("/api/v1/auth/login", {"email": "boss@example.com", "password": PASSWORD}),
    "audit": ("/api/v1/auth/login", {"email": "boss@example.com", "password": PASSWORD}),
}
PAGES = ("results", "items", "notifications", "events")
"""Where an answer that is no bare list has its rows."""

# The path of a route that 1 in the place of each parameter does not make; and what a list needs to show all it has.
PATHS = {
    "/fakestoreapi/products/category/{name}": "/fakestoreapi/products/category/c1",
    "/pictures/{name}": "/pictures/1.svg",
    "/api/products/by-categories": "/api/products/by-categories?categoryIds=1",
    "/api/products": f"/api/products?limit={MANY}",
    **{
        path: f"{path}?limit={MANY}"
        for path in ("/api/v1/items", "/api/v2/items", "/api/v1/users", "/api/v1/notifications", "/api/v1/log")
    },
    **releases_rows.PATHS,
    "/api/v1/items/search": f"/api/v1/items/search?q=item&limit={MANY}",
    "/api/v1/webhooks/{webhook_id}/deliveries": f"/api/v1/webhooks/{UUID(int=1)}/deliveries?limit={MANY}",
}
OF_APP = {"factory": factory_rows.PATHS, "audit": audit_rows.PATHS}
ENDLESS = "/api/v1/events"
OTHER_LENGTH = ("/actions", "/checks", "/members")
"""Lists as long as a table of transitions or of checks; and the members, of whom the visitor of the pages is one."""
OF_A_STORE_OF_FILES = ("/api/v1/items/{item_id}/files/{file_id}", *audit_rows.WITH_BYTES)
LEADING_ON = ("/pages/sign-in", "/pages/start", "/pages/operator/queue")  # who has signed in, or who has not by badge
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
        values = {"n": n, "pwd_hash": hash_now(PASSWORD)}
        if app == "audit":
            audit_rows.fill(owner, url, values)
        else:
            psycopg.ClientCursor(owner).execute(FILL[app].encode(), values)
        owner.commit()
        owner.autocommit = True
        owner.execute("ANALYZE")
    with serving_app(app, url) as client:
        path, login = LOGIN[app]
        tokens = client.post(path, json=login).json()
        client.headers["Authorization"] = f"Bearer {tokens.get('access') or tokens['access_token']}"
        if app in ("releases", "factory", "audit"):
            with Visitor(client.base_url) as visitor:  # items shows its pages to everybody
                visitor.sign_in("visitor@example.com", PASSWORD)
                client.cookies = visitor.client.cookies
        yield client


def measured(client: httpx.Client, statements: Statements, app: str, n: int) -> dict[str, int]:
    """From each GET of the app to its number of statements; the lists are seen to have n rows."""
    found = {}
    for each in app_routes():
        if each.app != app or "GET" not in (each.route.methods or ()):
            continue
        if each.route.path in (ENDLESS, *OF_A_STORE_OF_FILES, *LEADING_ON):
            continue
        path = {**PATHS, **OF_APP.get(app, {})}.get(each.route.path) or PARAMETER.sub("1", each.route.path)
        before = statements.count
        answer = client.get(path)
        found[each.route.path] = statements.count - before
        assert answer.status_code == 200, f"{path}: {answer.text}"
        if answer.headers["content-type"] == "application/json":
            body = answer.json()
            shown = next((body[name] for name in PAGES if name in body), body) if isinstance(body, dict) else body
            is_of_rows = isinstance(shown, list) and not path.endswith(OTHER_LENGTH)
            assert not is_of_rows or len(shown) == n, path
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
