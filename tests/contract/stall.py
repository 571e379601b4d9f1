"""Items as its clients meet it: really served, with clients that have signed in."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import httpx
import pytest

from portico.kernel.migrations import upgrade
from tests.contract.shop import PASSWORD, QUICK_HASH, Account, unique
from tests.databases import Databases
from tests.owner import Owner
from tests.servers import seed, serving_app

SAMPLE = "test@example.com", "password123"


class Stall:
    """One served app. The client `nobody` has not signed in."""

    def __init__(self, nobody: httpx.Client, url: str) -> None:
        self.nobody = nobody
        self.url = url
        self._open = ExitStack()
        self.sql = self._open.enter_context(closing(Owner(url)))

    def close(self) -> None:
        self._open.close()

    def account(self, *, is_admin: bool = False) -> Account:
        """A new account with PASSWORD that has signed in."""
        name = unique("account")
        sql = """
            INSERT INTO items.users (username, email, pwd_hash, is_admin)
            VALUES (%(name)s, %(email)s, %(pwd_hash)s, %(is_admin)s) RETURNING id"""
        email = f"{name}@example.com"
        (row,) = self.sql(sql, name=name, email=email, pwd_hash=QUICK_HASH, is_admin=is_admin)
        tokens = log_in(self.nobody, email, PASSWORD)
        return Account(row["id"], name, tokens, self.bearing(tokens["access_token"]))

    def bearing(self, token: str) -> httpx.Client:
        """A client that sends this token with each request."""
        client = httpx.Client(
            base_url=self.nobody.base_url, timeout=30, verify=False, headers={"Authorization": f"Bearer {token}"}
        )
        self._open.enter_context(client)
        return client


@contextmanager
def open_stall(databases: Databases, worker: str, mode: str, **settings: Any) -> Iterator[Stall]:
    def fill(url: str) -> None:
        upgrade(url)
        seed("items", url)

    url = databases.clone("items", fill, worker=worker)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ITEMS_MODE", mode)
            with serving_app("items", url, **settings) as nobody:
                stall = Stall(nobody, url)
                try:
                    yield stall
                finally:
                    stall.close()
    finally:
        databases.drop(url)


def log_in(client: httpx.Client, email: str, password: str) -> dict[str, Any]:
    found = client.post("/api/v1/auth/login", json={"email": email, "password": password})
    assert found.status_code == 200, found.text
    tokens: dict[str, Any] = found.json()
    return tokens


def item(client: httpx.Client, **values: Any) -> dict[str, Any]:
    """A new item."""
    found = client.post("/api/v1/items", json={"name": unique("Item"), "price": 10, **values})
    assert found.status_code == 201, found.text
    made: dict[str, Any] = found.json()
    return made


def problem(found: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of an error, which has RFC 9457's form, this status and this code."""
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = found.json()
    assert {"type", "title", "status", "detail", "code", "trace_id"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    assert body["trace_id"] == found.headers["x-request-id"]
    return body
