"""What the clients ask for. A scenario gives each client its own list of complete HTTP requests."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchmarks.dataset import CATEGORIES, PASSWORD, PRODUCTS, Account, cart_lines

REQUESTS_PER_CLIENT = 1_000
PAGES = 50


@dataclass(frozen=True)
class Call:
    """One request before it becomes bytes."""

    method: str
    path: str
    body: dict[str, object] | None = None
    token: str | None = None


@dataclass(frozen=True)
class Scenario:
    """`call` makes one request of an account; `least_seconds` is for answers that take a second each."""

    name: str
    title: str
    call: Callable[[Random, Account, str | None], Call]
    signed_in: bool = False
    least_seconds: float = 0


def product_detail(random: Random, account: Account, token: str | None) -> Call:
    return Call("GET", f"/api/products/{random.randint(1, PRODUCTS)}/")


def product_list(random: Random, account: Account, token: str | None) -> Call:
    return Call("GET", f"/api/products/?page={random.randint(1, PAGES)}&limit=10")


def category_list(random: Random, account: Account, token: str | None) -> Call:
    return Call("GET", f"/api/products/?category={random.choice(CATEGORIES)}&page=1&limit=10")


def cart_patch(random: Random, account: Account, token: str | None) -> Call:
    """Adds one more of a product the cart already holds: a growing cart would punish whoever is fast."""
    product_id = random.choice(cart_lines(account.id))[0]
    return Call("PATCH", f"/api/carts/{account.id}/", {"add": [{"productId": product_id, "quantity": 1}]}, token)


def login(random: Random, account: Account, token: str | None) -> Call:
    return Call("POST", "/api/auth/login", {"username": account.username, "password": PASSWORD})


SCENARIOS = (
    Scenario("detail", "product detail", product_detail),
    Scenario("list", "product list, 10 of 20,000", product_list),
    Scenario("category", "product list by category", category_list),
    Scenario("cart", "cart PATCH, one add", cart_patch, signed_in=True),
    Scenario("login", "login, bcrypt cost 12", login, least_seconds=8),
)


def requests_of(scenario: Scenario, host: str, account: Account, token: str | None) -> list[str]:
    """One client's requests. The seed is the client's, so that every contestant is asked the same."""
    random = Random(account.id)
    number = REQUESTS_PER_CLIENT if scenario.least_seconds == 0 else 1
    return [raw_request(scenario.call(random, account, token), host) for _ in range(number)]


def raw_request(call: Call, host: str) -> str:
    """The HTTP/1.1 text of a call."""
    body = "" if call.body is None else json.dumps(call.body)
    lines = [f"{call.method} {call.path} HTTP/1.1", f"Host: {host}", "Accept: application/json"]
    if call.token:
        lines.append(f"Authorization: Bearer {call.token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body])
