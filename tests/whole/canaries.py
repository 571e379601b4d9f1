"""Secrets wherever people and machines put them, and the errors in whose wake they might get out.

Everything that is secret and was made up here has the word canary in it. What the server itself gives, such as tokens,
is answered by the functions that ask for it.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg

from tests.contract.browsing import Visitor
from tests.receivers import Received

PASSWORD = "canary-password-Zx81"
SETTINGS = {
    "STORE_MODE": "sandbox",
    "ITEMS_MODE": "sandbox",
    "SECRET_KEY": "canary-key-of-0ther-le77ers-and-length",
    "ITEMS_STOCK_SECRET": "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTI=",
    "METRICS_TOKEN": "canary-metrics-token",
    "SMTP_URL": "smtp://canary-mailer:canary-smtp@127.0.0.1:1",
    "READ_DATABASE_URL": "postgresql://canary-reader:canary-replica@127.0.0.1:1/none",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=canary-otlp",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
}
"""Settings of a server with secrets in them; the DSNs come from the test."""
CANARIES = ("canary", "Y2FuYXJ5", "Zx81", "$2b$")
"""What may stand nowhere: the word, the word in base64, the end of the password; and what may not be told: hashes."""


def plant_in_store(client: httpx.Client) -> list[str]:
    """Requests with secrets wherever people put them; answers the secrets that the server itself gave."""
    account = {"username": "kanari", "email": "c@example.com", "password": PASSWORD}
    client.post("/api/auth/register", json=account)
    client.post("/api/auth/register", json={**account, "password": "canary8"})  # too short, and a name in use
    client.post("/api/auth/register", json={"password": PASSWORD})
    client.post(
        "/api/auth/register", content=f'{{"password": "{PASSWORD}"', headers={"Content-Type": "application/json"}
    )
    client.post("/api/auth/register", content=f"password={PASSWORD}", headers={"Content-Type": "text/plain"})
    client.post("/api/auth/login", json={"username": "kanari", "password": "canary-wrong-password"})
    client.post("/api/auth/login", json={"username": PASSWORD, "password": "in the wrong field"})
    tokens = client.post("/api/auth/login", json={"username": "kanari", "password": PASSWORD}).json()
    headers = {"Authorization": f"Bearer {tokens['access']}"}
    assert client.get("/api/auth/me", headers=headers).status_code == 200
    fresh = client.post("/api/auth/refresh", json={"refresh": tokens["refresh"]}).json()
    client.post("/api/auth/refresh", json={"refresh": tokens["refresh"] + "x"})
    client.post("/api/auth/logout", json={"refresh": "canary-refresh"}, headers=headers)
    for name, value in (
        ("Authorization", "Bearer canary-token"), ("Authorization", "Basic Y2FuYXJ5LWJhc2lj"), ("X-API-Key", "canary"),
        ("Cookie", "session=canary-cookie"), ("X-CSRF-Token", "canary-csrf"), ("Proxy-Authorization", "canary-proxy"),
    ):  # fmt: skip
        client.get("/api/auth/me", headers={name: value})
    client.get("/api/products?token=canary-query&page=x")
    client.get("/nowhere?api_key=canary-query")
    client.get("/api/products?q=%00canary-query")
    return [tokens["access"], tokens["refresh"], fresh["access"], fresh["refresh"], "Y2FuYXJ5LWJhc2lj"]


def break_store(client: httpx.Client, url: str) -> None:
    """Errors of every kind on the way of a secret into the database: refused rows, mistakes, lost connections."""
    account = {"username": "kanari2", "email": "c2@example.com", "password": PASSWORD}
    login = {"username": "kanari", "password": PASSWORD}
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("ALTER TABLE store.users ADD CONSTRAINT refuses CHECK (username <> 'kanari2')")
        assert client.post("/api/auth/register", json=account).is_error
        token = client.post("/api/auth/login", json=login).json()["access"]
        renamed = {"username": "kanari2", "password": PASSWORD}
        assert client.patch("/api/users/11", json=renamed, headers={"Authorization": f"Bearer {token}"}).is_error
        owner.execute(
            "ALTER TABLE store.users DROP CONSTRAINT refuses, ALTER COLUMN pwd_hash TYPE varchar(10) USING ''"
        )
        assert client.post("/api/auth/register", json=account).is_error
        owner.execute("ALTER TABLE store.users RENAME COLUMN pwd_hash TO gone")
        assert client.post("/api/auth/register", json=account).status_code == 500
        assert client.post("/api/auth/login", json=login).status_code == 500
        owner.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = current_user"
                      " AND datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
        client.post("/api/auth/login", json=login)


def plant_in_items(client: httpx.Client, customer: Received) -> list[str]:
    """As `plant_in_store`, through everything that items has and the store has not."""
    account = {"username": "kanari", "email": "c@example.com", "password": PASSWORD}
    user = client.post("/users", json=account, headers={"Idempotency-Key": "user-1"}).json()
    client.post("/users", json={**account, "pasword": PASSWORD})
    client.post("/users", json={**account, "username": {"canary": PASSWORD}})
    client.post("/users", content=f'{{"password": "{PASSWORD}",', headers={"Content-Type": "application/json"})
    client.post("/auth/login", json={"email": "c@example.com", "password": "canary-wrong-password"})
    tokens = client.post("/auth/login", json={"email": "c@example.com", "password": PASSWORD}).json()
    own = {"Authorization": f"Bearer {tokens['access_token']}"}
    fresh = client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).json()
    client.post("/auth/refresh", json={"refresh_token": "canary-refresh"})
    given = [*_of_machines(client, own, customer), tokens["access_token"], tokens["refresh_token"]]
    assert client.put(f"/users/{user['id']}", json={"password": f"{PASSWORD}-new"}, headers=own).status_code == 200
    for name, value in (
        ("X-API-Key", "canary"), ("Authorization", "ApiKey canary"), ("Cookie", "items_session=canary; csrf=canary"),
        ("webhook-signature", "v1,canary"), ("Idempotency-Key", "canary" * 50),
    ):  # fmt: skip
        client.post("/items", json={"name": "Lamp", "price": 0, "canary": "canary"}, headers={name: value})
        client.post("/hooks/stock", json={"type": "canary"}, headers={name: value})
    graphql = {"query": "mutation M($canary: String!) { canary(password: $canary) }", "variables": {"canary": PASSWORD}}
    client.post("/graphql", json=graphql)
    with Visitor(client.base_url) as visitor:
        visitor.origin = str(client.base_url.join("/")).rstrip("/")
        visitor.send("/pages/sign-in", name="test@example.com", password="canary-wrong-password")
        visitor.send("/pages/sign-in", csrf="canary", name="test@example.com", password=PASSWORD)
        visitor.sign_in("test@example.com", "password123")
        given += [*visitor.client.cookies.values(), visitor.token()]
    return [*given, fresh["access_token"], fresh["refresh_token"]]


def _of_machines(client: httpx.Client, own: dict[str, str], customer: Received) -> Iterator[str]:
    """An API key, a ticket, and the secrets of a webhook that hears of a change; each asked for so that it repeats."""
    once = {**own, "Idempotency-Key": "machine-1"}
    key = client.post("/api-keys", json={"name": "robot", "scopes": ["items:write"]}, headers=once).json()["key"]
    yield key
    yield client.post("/events/ticket", headers=once).json()["ticket"]
    hook = client.post("/webhooks", json={"url": f"{customer.url}/hook?token=canary-hook"}, headers=once).json()
    yield hook["secret"]
    yield client.post(f"/webhooks/{hook['id']}/rotate", headers=own).json()["secret"]
    made = client.post("/items", json={"name": "Lamp", "price": 1, "quantity": 2}, headers={"X-API-Key": key})
    assert made.status_code == 201, made.text
    client.put("/notifications/preferences", json={"email": True}, headers=own)
    client.put(f"/items/{made.json()['id']}", json={"quantity": 0})  # by somebody else: the owner is told by mail


def break_items(client: httpx.Client, url: str) -> None:
    """Mistakes of ours on the way of secrets into the database, in requests and in a job."""
    account = {"username": "kanari3", "email": "c3@example.com", "password": PASSWORD}
    login = {"email": "c@example.com", "password": f"{PASSWORD}-new"}
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("ALTER TABLE items.users RENAME COLUMN pwd_hash TO gone")
        assert client.post("/users", json=account).status_code == 500
        assert client.post("/auth/login", json=login).status_code == 500
        owner.execute("ALTER TABLE items.users RENAME COLUMN gone TO pwd_hash")
        owner.execute("ALTER TABLE items.api_keys RENAME COLUMN digest TO gone")
        assert client.get("/items", headers={"X-API-Key": "canary"}).status_code in (200, 500)
        owner.execute("ALTER TABLE items.api_keys RENAME COLUMN gone TO digest")


def everything_stored(url: str, *, but: str = "") -> Iterator[tuple[str, str]]:
    """Every value of every table, the queue's among them: where it stands, and its text. `but` leaves out columns."""
    with psycopg.connect(url) as owner:
        owner.execute("SET bytea_output = 'escape'")
        tables = owner.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert {schema for schema, _ in tables} >= {"portico", "portico_queue", "store", "items"}
        for schema, table in tables:
            for row in owner.execute(f"SELECT * FROM {schema}.{table}".encode(), binary=True).fetchall():
                yield f"{schema}.{table}", " ".join(_text(value) for value in row)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
