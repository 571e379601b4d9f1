import asyncio
import re
from collections import defaultdict
from copy import copy
from typing import Any

import pytest
from fastapi import Request, Response
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from portico import registry
from portico.kernel.errors import MethodNotAllowed
from portico.kernel.route_index import RouteIndex
from portico.kernel.routes import Route, router

PARAMETER = re.compile(r"\{[^}]*\}")
Found = tuple[str, dict[str, Any]] | None

names = st.sampled_from(["a", "b"])
segments = st.one_of(
    names,
    st.just("{}"),
    st.sampled_from(["é", "a b", "{:int}", "{:path}", "{:uuid}", "{:float}", "v{}", "{}.svg"]),
)
templates = st.lists(st.lists(segments, max_size=3), min_size=1, max_size=8)
methods = st.sampled_from(["GET", "POST"])
words = st.one_of(names, st.sampled_from(["", "1", "é", "{", "v1", "x.svg", "-1", "1.5"]), st.text(max_size=3))


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], list[str]]:
    """Templates, and the segments of a path that often fits one of them."""
    drawn = draw(templates)
    if draw(st.integers(0, 3)):
        return drawn, [draw(words) if "{" in part else part for part in draw(st.sampled_from(drawn))]
    return drawn, draw(st.lists(words, max_size=5))


def template(parts: list[str], number: int) -> str:
    """With names of its own for the parameters: `/{}/a` becomes `/{p0_3}/a` in the third template."""
    return "".join("/" + part.replace("{", f"{{p{at}_{number}", 1) for at, part in enumerate(parts)) or "/"


def routes_of(texts: list[tuple[str, str]]) -> list[Route]:
    made = router()
    for text, method in texts:
        made.add_api_route(text, _handler, methods=[method], response_class=Response)
    return list(made.routes)  # type: ignore[arg-type]


async def _handler() -> None:
    """Never called: what is tested is which route would be."""


class App:
    """As much of an app as the index needs. It notes what the index made of the request."""

    def __init__(self) -> None:
        self.state = self
        self.found: Found = None
        self.allowed: set[str] = set()

    async def runs(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.found = scope["route"].path, scope["path_params"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The framework's own router: what the index leaves to it is not looked at here."""

    def answer_error(self, request: Request, error: Exception) -> Any:
        assert isinstance(error, MethodNotAllowed)
        self.allowed = set(error.headers["Allow"].split(", "))
        return self


class Indexed:
    """An index of these routes."""

    def __init__(self, routes: list[Route]) -> None:
        self._app = App()
        watched = [copy(route) for route in routes]
        for route in watched:
            route.app = self._app.runs
        self._index = RouteIndex(watched, self._app)  # type: ignore[arg-type]

    async def find(self, method: str, path: str, root_path: str = "") -> Found | set[str]:
        """Which route it runs with which parameters, which methods it says are allowed, or None: left to others."""
        self._app.found, self._app.allowed = None, set()
        scope = {"type": "http", "method": method, "path": root_path + path, "root_path": root_path, "headers": []}
        await self._index(scope, None, None)  # type: ignore[arg-type]
        return self._app.found or self._app.allowed or None


def by_the_index(routes: list[Route], method: str, path: str, root_path: str = "") -> Found | set[str]:
    return asyncio.run(Indexed(routes).find(method, path, root_path))


def by_starlette(routes: list[Route], method: str, path: str) -> Found | set[str]:
    """What Starlette finds with one regular expression after another, among the routes that have the first one's path.

    Another method's route with that path stands before all others: a name is no value of a parameter.
    """
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    found = [(route, *route.matches(scope)) for route in routes]
    matching = [(route, match, child) for route, match, child in found if match is not Match.NONE]
    shapes = [PARAMETER.sub("{}", route.path) for route, _, _ in matching]
    same = [one for one, shape in zip(matching, shapes, strict=True) if shape == shapes[0]]
    for route, match, child in same:
        if match is Match.FULL:
            return route.path, child["path_params"]
    return {method for route, _, _ in same for method in route.methods} or None


def rank(text: tuple[str, str]) -> tuple[bool, list[bool]]:
    """The order the index has by itself: names before parameters, and last what it leaves to the framework."""
    parts = text[0].split("/")
    is_known = all(("{" not in part) or (part.startswith("{") and part.endswith("}")) for part in parts)
    return not is_known or ":" in text[0], ["{" in part for part in parts]


@settings(deadline=None, max_examples=500)
@given(tables(), st.lists(methods, min_size=8, max_size=8), methods, st.sampled_from(["", "/store"]))
def test_the_index_finds_what_starlette_would_find_or_leaves_it_to_it(
    table: tuple[list[list[str]], list[str]], allowed: list[str], method: str, root_path: str
) -> None:
    drawn, path = table
    texts = [(template(parts, number), allowed[number]) for number, parts in enumerate(drawn)]
    texts.sort(key=rank)
    routes = routes_of(texts)
    asked = "/" + "/".join(path)
    expected = by_starlette(routes, method, asked)
    found = by_the_index(routes, method, asked, root_path)
    if found is not None:
        assert found == expected
    elif expected is not None:
        is_left = any(
            rank(text)[0] and by_starlette([route], method, asked) for text, route in zip(texts, routes, strict=True)
        )
        # `$` in a regular expression also stands before a newline at the end.
        assert is_left or asked.endswith("\n"), "the index has lost a route"


def test_names_go_before_parameters_in_whatever_order_they_are_declared() -> None:
    texts = [("/users/{user_id}", "GET"), ("/users/me", "GET"), ("/{kind}/me", "GET")]
    for order in (texts, texts[::-1]):
        assert by_the_index(routes_of(order), "GET", "/users/me") == ("/users/me", {})
        assert by_the_index(routes_of(order), "GET", "/users/7") == ("/users/{user_id}", {"user_id": "7"})
        assert by_the_index(routes_of(order), "GET", "/carts/me") == ("/{kind}/me", {"kind": "carts"})


def test_a_dead_end_below_a_name_leads_back_to_the_parameter() -> None:
    routes = routes_of([("/a/b/c", "GET"), ("/a/{x}/d", "GET"), ("/{y}/{z}/e", "GET"), ("/a/b", "POST")])
    assert by_the_index(routes, "GET", "/a/b/d") == ("/a/{x}/d", {"x": "b"})
    assert by_the_index(routes, "GET", "/a/b/e") == ("/{y}/{z}/e", {"y": "a", "z": "b"})
    assert by_the_index(routes, "GET", "/a/b/f") is None


def test_a_name_goes_before_a_parameter_whatever_the_method() -> None:
    routes = routes_of(
        [("/items/export", "GET"), ("/items/{x}", "GET"), ("/items/{x}", "PUT"), ("/{kind}/export", "DELETE")]
    )
    for method in ("PUT", "DELETE", "BREW"):
        assert by_the_index(routes, method, "/items/export") == {"GET"}
    assert by_the_index(routes, "DELETE", "/items/7") == {"GET", "PUT"}
    assert by_the_index(routes, "DELETE", "/carts/export") == ("/{kind}/export", {"kind": "carts"})
    left = routes_of([("/items/export", "GET"), ("/items/{rest:path}", "PUT")])
    assert by_the_index(left, "PUT", "/items/export") is None, "what the framework alone knows, it may answer"


def test_of_two_routes_with_one_path_the_first_is_run() -> None:
    routes = routes_of([("/{a}", "GET"), ("/{b}", "GET"), ("/{c}", "POST")])
    assert by_the_index(routes, "GET", "/1") == ("/{a}", {"a": "1"})
    assert by_the_index(routes, "POST", "/1") == ("/{c}", {"c": "1"})


@pytest.mark.parametrize("name", registry.APP_NAMES)
async def test_an_app_s_routes_are_found_as_they_were_declared(name: str) -> None:
    """No route of an app depends on the index's own order: FastAPI alone would run the same one."""
    routes = [route for each in registry.load(name).routers for route in each.routes if isinstance(route, Route)]
    as_long = defaultdict(lambda: {"7"})
    for route in routes:
        parts = route.path.split("/")
        as_long[len(parts)] |= {part for part in parts if part and "{" not in part}
    asked = {
        (method, PARAMETER.sub(word, route.path))
        for route in routes
        for word in as_long[len(route.path.split("/"))]
        for method in route.methods
    }
    index = Indexed(routes)
    for method, path in sorted(asked):
        found = await index.find(method, path)
        assert found in (None, by_starlette(routes, method, path)), (method, path)
