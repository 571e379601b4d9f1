"""Nothing of a request runs in a thread pool: forty slow ones would hold up all the others, and each hop costs."""

import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from fastapi.dependencies.models import Dependant

from portico.kernel.routes import Route
from tests.whole.application import app_routes


def called_by(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """What a route calls: its handler, its dependencies, theirs, and so on."""
    assert dependant.call is not None
    yield dependant.call
    for inner in dependant.dependencies:
        yield from called_by(inner)


def is_run_in_place(call: Callable[..., Any]) -> bool:
    """A coroutine function, or a class, which a planned route calls itself. FastAPI would take a thread for a class."""
    if isinstance(call, type):
        return True
    function = call if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def test_every_handler_and_every_dependency_is_run_in_place() -> None:
    threaded = {
        f"{each.names[0]}: {call}"
        for each in app_routes()
        for call in called_by(each.route.dependant)
        if not is_run_in_place(call)
    }
    assert threaded == set()


def test_every_route_is_planned() -> None:
    """Only then are classes called in place; and only then is its transaction ended."""
    assert [each.names for each in app_routes() if not isinstance(each.route, Route)] == []


PATHS = (
    "/api/products", "/api/products/1", "/api/carts", "/api/users", "/api/auth/me", "/fakestoreapi/users",
    "/pictures/1.svg", "/health", "/health/live", "/health/ready", "/docs", "/redoc", "/openapi.json",
)  # fmt: skip


def test_no_request_makes_a_thread(store: httpx.Client) -> None:
    """Asked of the running server, so that what no route declares is seen too: middleware, documents, health."""
    before = set(threading.enumerate())
    login = {"username": "mor_2314", "password": "83r5^_"}
    headers = {"Authorization": f"Bearer {store.post('/api/auth/login', json=login).json()['access']}"}
    for path in PATHS:
        assert store.get(path, headers=headers).status_code == 200, path
    assert store.post("/api/carts", json={}, headers=headers).status_code == 201
    assert [thread.name for thread in threading.enumerate() if "AnyIO" in thread.name and thread not in before] == []
