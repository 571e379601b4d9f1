"""Requests that are under way at the same time, each on a connection of its own."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

PASSWORD = "a password of the tests"


@dataclass(frozen=True)
class Call:
    """One request of a race."""

    method: str
    path: str
    body: Any = None
    token: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    """Instead of `body`: what is signed has to be sent as it is."""

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        headers = {**self.headers, **bearer(self.token)} if self.token else dict(self.headers)
        sent: dict[str, Any] = {"json": self.body} if self.content is None else {"content": self.content}
        return await client.request(self.method, self.path, headers=headers, **sent)


def at_once(client: httpx.Client, calls: Iterable[Call]) -> list[httpx.Response]:
    """Send all of these at the same moment; the answers in the calls' order."""

    async def race() -> list[httpx.Response]:
        async with racing_client(client) as racer:
            return await asyncio.gather(*(call.send(racer) for call in calls))

    return asyncio.run(race())


def insist(client: httpx.Client, calls: Sequence[Call]) -> list[httpx.Response]:
    """Send all at the same moment, and again what is answered 503, as its Retry-After says.

    On a machine with much else to do, some of hundreds find no connection in time; nothing of them may have happened.
    """
    answers = at_once(client, calls)
    while again := [place for place, answer in enumerate(answers) if answer.status_code == 503]:
        assert len(again) < len(calls), "not one was served"
        assert all(int(answers[place].headers["Retry-After"]) >= 1 for place in again)
        for place, answer in zip(again, at_once(client, [calls[place] for place in again]), strict=True):
            answers[place] = answer
    return answers


def racing_client(client: httpx.Client) -> httpx.AsyncClient:
    """A client of the same server with as many connections as there are requests."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(base_url=client.base_url, limits=limits, timeout=300)


def statuses(answers: Iterable[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def log_in(client: httpx.Client, name: str, password: str) -> dict[str, Any]:
    """The tokens of a new session."""
    answer = client.post("/api/auth/login", json={"username": name, "password": password})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def register(client: httpx.Client, name: str) -> int:
    """A new account with PASSWORD; its id."""
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    answer = client.post("/api/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    user_id: int = answer.json()["id"]
    return user_id


def open_cart(client: httpx.Client, token: str, lines: Sequence[tuple[int, int]] = ()) -> dict[str, Any]:
    """A new cart of the caller with these products and quantities."""
    body = {"products": [{"productId": product, "quantity": quantity} for product, quantity in lines]}
    answer = client.post("/api/carts/", json=body, headers=bearer(token))
    assert answer.status_code == 201, answer.text
    cart: dict[str, Any] = answer.json()
    return cart


def quantities(cart: Mapping[str, Any]) -> dict[int, int]:
    """Quantities by product id. A product that stands in two lines fails."""
    found = {line["productId"]: line["quantity"] for line in cart["items"]}
    assert len(found) == len(cart["items"]), cart
    return found


def at_once_files(
    client: httpx.Client, path: str, form: Mapping[str, str], contents: Iterable[bytes]
) -> list[httpx.Response]:
    """Send a form at the same moment once for each of these files."""

    async def race() -> list[httpx.Response]:
        async with racing_client(client) as racer:
            racer.headers.update(client.headers)
            return await asyncio.gather(
                *(racer.post(path, data=form, files={"file": ("a.txt", content)}) for content in contents)
            )

    return asyncio.run(race())
