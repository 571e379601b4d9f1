"""Before anything is measured: does a contestant give the answers the first one gives?"""

from random import Random
from typing import Any

import httpx

from benchmarks.dataset import PRODUCTS, accounts, cart_lines
from benchmarks.scenarios import Call, login
from benchmarks.servers import Server

TIMEOUT = 30


class WrongAnswer(Exception):
    """Names the request and the first place where the answers differ."""


def probes(token: str) -> list[Call]:
    """What each contestant is asked, in this order: the cart changes with the last one."""
    account = accounts()[0]
    held = cart_lines(account.id)[0][0]
    return [
        Call("GET", "/api/products/1/"),
        Call("GET", f"/api/products/{PRODUCTS}/"),
        Call("GET", "/api/products/?page=1&limit=10"),
        Call("GET", "/api/products/?page=50&limit=10"),
        Call("GET", "/api/products/?category=garden&page=1&limit=10"),
        Call("PATCH", f"/api/carts/{account.id}/", {"add": [{"productId": held, "quantity": 1}]}, token),
    ]


def answers_of(server: Server) -> dict[str, Any]:
    """The JSON of every probe, without what may differ. Raises `WrongAnswer` for a status other than 200."""
    account = accounts()[0]
    with httpx.Client(base_url=f"http://{server.host}", timeout=TIMEOUT) as client:
        token = ask(client, login(Random(0), account, None)).get("access")
        if not isinstance(token, str):
            raise WrongAnswer("login gives no `access`")
        refused = client.patch(f"/api/carts/{account.id}/", json={"add": []})
        if refused.status_code not in (401, 403):
            raise WrongAnswer(f"a cart changed without a token: {refused.status_code}")
        return {f"{call.method} {call.path}": comparable(ask(client, call)) for call in probes(token)}


def ask(client: httpx.Client, call: Call) -> Any:
    headers = {"Authorization": f"Bearer {call.token}"} if call.token else {}
    answer = client.request(call.method, call.path, json=call.body, headers=headers)
    if answer.status_code != 200:
        raise WrongAnswer(f"{call.method} {call.path}: {answer.status_code} {answer.text[:200]}")
    return answer.json()


def comparable(answer: Any) -> Any:
    """Links name each contestant's own address, and the order of a cart's lines is nobody's promise."""
    for link in ("next", "previous"):
        if isinstance(answer.get(link), str):
            answer[link] = "a link"
    if "items" in answer:
        answer["items"] = sorted(answer["items"], key=lambda item: item["productId"])
    return answer


def compare(expected: dict[str, Any], actual: dict[str, Any]) -> None:
    """Raises `WrongAnswer` at the first difference in shape or in value."""
    for probe, answer in expected.items():
        if place := difference(answer, actual[probe], "answer"):
            raise WrongAnswer(f"{probe}: {place}")


def difference(expected: Any, actual: Any, place: str) -> str | None:
    """Where two JSON values differ, in words; None when they are equal. 5 and 5.0 are one number in JSON."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        if expected.keys() != actual.keys():
            return f"{place} has {sorted(actual)} instead of {sorted(expected)}"
        pairs = [(expected[key], actual[key], f"{place}.{key}") for key in expected]
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return f"{place} has {len(actual)} entries instead of {len(expected)}"
        pairs = [(a, b, f"{place}[{i}]") for i, (a, b) in enumerate(zip(expected, actual, strict=True))]
    else:
        return None if equal(expected, actual) else f"{place} is {actual!r} instead of {expected!r}"
    return next((found for pair in pairs if (found := difference(*pair))), None)


def equal(expected: Any, actual: Any) -> bool:
    if isinstance(expected, float | int) and isinstance(actual, float | int):
        return abs(expected - actual) < 0.005
    return type(expected) is type(actual) and expected == actual
