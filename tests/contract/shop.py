"""The store as its clients meet it: really served, with clients that have signed in."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

import bcrypt
import httpx
import pytest

from portico.kernel.migrations import upgrade
from tests.databases import Databases
from tests.owner import Owner
from tests.servers import seed, serving_app

STAFF = "johnd", "m38rmF$"
OWNER = "mor_2314", "83r5^_"
STRANGER = "tessa_w", "walnut-ladder-9"
STAFF_ID, OWNER_ID, STRANGER_ID = 1, 2, 3
UNKNOWN = 10**9
NO_IDS = ("0", "-1", str(UNKNOWN), str(2**63), "9" * 40, "abc", "1.0", "+1", "1_0", "null", "%20")
"""What stands in a path where an id should, and is the id of nothing."""

PASSWORD = "a long password"
QUICK_HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
"""Of PASSWORD. It is cheap to check, as the cost stands in the hash: hundreds of tests sign in."""

_numbers = count(1)


@dataclass(frozen=True)
class Account:
    """A user who has signed in."""

    user_id: int
    name: str
    tokens: dict[str, Any]
    client: httpx.Client

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"


class Shop:
    """One served store. The clients `staff`, `owner` and `stranger` have signed in once; `nobody` has not."""

    def __init__(self, nobody: httpx.Client, url: str) -> None:
        self.nobody = nobody
        self.url = url
        self._open = ExitStack()
        self.sql = self._open.enter_context(closing(Owner(url)))

    def close(self) -> None:
        self._open.close()

    @cached_property
    def staff(self) -> httpx.Client:
        return self.signed_in(*STAFF)

    @cached_property
    def owner(self) -> httpx.Client:
        return self.signed_in(*OWNER)

    @cached_property
    def stranger(self) -> httpx.Client:
        return self.signed_in(*STRANGER)

    def account(self, *, is_staff: bool = False, user_id: int | None = None) -> Account:
        """A new account with PASSWORD that has signed in; with this id, where one is given."""
        name = unique("account")
        sql = """
            INSERT INTO store.users (id, username, email, pwd_hash, is_staff)
            VALUES (coalesce(%(id)s, nextval('store.users_id_seq')), %(name)s, %(email)s, %(pwd_hash)s, %(is_staff)s)
            RETURNING id"""
        values = {"name": name, "email": f"{name}@example.com", "pwd_hash": QUICK_HASH, "is_staff": is_staff}
        (row,) = self.sql(sql, id=user_id, **values)
        tokens = log_in(self.nobody, name, PASSWORD)
        return Account(row["id"], name, tokens, self.bearing(tokens["access"]))

    def signed_in(self, name: str, password: str) -> httpx.Client:
        return self.bearing(log_in(self.nobody, name, password)["access"])

    def bearing(self, token: str) -> httpx.Client:
        """A client that sends this token with each request."""
        client = httpx.Client(
            base_url=self.nobody.base_url, timeout=30, verify=False, headers={"Authorization": f"Bearer {token}"}
        )
        self._open.enter_context(client)
        return client

    def product(self, **values: Any) -> dict[str, Any]:
        """A new product."""
        return made(self.staff.post("/api/products/", json={"title": "Lamp", "price": 10, **values}))

    def category(self, name: str = "") -> dict[str, Any]:
        """A new category."""
        return made(self.staff.post("/api/categories/", json={"name": name or unique("category")}))

    def user(self, **values: Any) -> dict[str, Any]:
        """A new user, who cannot be in any other test's way."""
        name = unique("user")
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, **values}
        return made(self.staff.post("/api/users/", json=body))

    def cart(self, owner: httpx.Client, *lines: tuple[int, int], **values: Any) -> dict[str, Any]:
        """A new cart of this client's user, with pairs of product and quantity."""
        products = [{"productId": product_id, "quantity": quantity} for product_id, quantity in lines]
        return made(owner.post("/api/carts/", json={"products": products, **values}))


@contextmanager
def seeded(databases: Databases, worker: str) -> Iterator[str]:
    """A database with the store's sample data, for all tests of a module."""

    def fill(url: str) -> None:
        upgrade(url)
        seed("store", url)

    url = databases.clone("store", fill, worker=worker)
    try:
        yield url
    finally:
        databases.drop(url)


@contextmanager
def open_shop(url: str, mode: str, **settings: Any) -> Iterator[Shop]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORE_MODE", mode)
        with serving_app("store", url, **settings) as nobody:
            shop = Shop(nobody, url)
            try:
                yield shop
            finally:
                shop.close()


def unique(word: str) -> str:
    return f"{word}-{next(_numbers)}"


def log_in(client: httpx.Client, name: str, password: str) -> dict[str, Any]:
    found = client.post("/api/auth/login", json={"username": name, "password": password})
    assert found.status_code == 200, found.text
    tokens: dict[str, Any] = found.json()
    return tokens


def made(found: httpx.Response) -> dict[str, Any]:
    assert found.status_code == 201, found.text
    body: dict[str, Any] = found.json()
    return body


def refusal(found: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error in an answer, which has the envelope's form to the letter, this status and this code."""
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/json"
    body = found.json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert list(error) == ["code", "message", "details"]
    assert isinstance(error["message"], str)
    assert isinstance(error["details"], dict)
    assert error["code"] == code
    return error


def invalid(found: httpx.Response, *fields: str) -> dict[str, Any]:
    """The error of an answer that refuses its input; `fields` are those that its details name, where any are given."""
    error = refusal(found, 400, "VALIDATION_ERROR")
    if fields:
        assert sorted(error["details"]) == sorted(fields)
    return error


def missing(found: httpx.Response, message: str = "Not found") -> dict[str, Any]:
    error = refusal(found, 404, "NOT_FOUND")
    assert error["message"] == message
    return error
