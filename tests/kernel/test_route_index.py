import asyncio
import re
from copy import copy
from itertools import product
from typing import Any

from fastapi import Response
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from portico import registry
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


def by_the_index(routes: list[Route], method: str, path: str, root_path: str = "") -> tuple[bool, Found]:
    """Whether the index knew a route itself, and which with which parameters."""
    found: list[Found] = []

    async def runs(scope: Scope, receive: Receive, send: Send) -> None:
        found.append((scope["route"].path, scope["path_params"]))

    async def falls_back(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    watched = [copy(route) for route in routes]
    for route in watched:
        route.app = runs
    scope = {"type": "http", "method": method, "path": root_path + path, "root_path": root_path}
    asyncio.run(RouteIndex(watched, falls_back)(scope, None, None))  # type: ignore[arg-type]
    return bool(found), found[0] if found else None


def by_starlette(routes: list[Route], method: str, path: str) -> Found:
    for route in routes:
        scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
        match, child = route.matches(scope)
        if match is Match.FULL:
            return route.path, child["path_params"]
    return None


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
    is_known, found = by_the_index(routes, method, asked, root_path)
    if is_known:
        assert found == expected
    elif expected is not None:
        text = next(text for text in texts if text[0] == expected[0])
        # `$` in a regular expression also stands before a newline at the end.
        assert rank(text)[0] or asked.endswith("\n"), "the index has lost a route"


def test_names_go_before_parameters_in_whatever_order_they_are_declared() -> None:
    texts = [("/users/{user_id}", "GET"), ("/users/me", "GET"), ("/{kind}/me", "GET")]
    for order in (texts, texts[::-1]):
        assert by_the_index(routes_of(order), "GET", "/users/me")[1] == ("/users/me", {})
        assert by_the_index(routes_of(order), "GET", "/users/7")[1] == ("/users/{user_id}", {"user_id": "7"})
        assert by_the_index(routes_of(order), "GET", "/carts/me")[1] == ("/{kind}/me", {"kind": "carts"})


def test_a_dead_end_below_a_name_leads_back_to_the_parameter() -> None:
    routes = routes_of([("/a/b/c", "GET"), ("/a/{x}/d", "GET"), ("/{y}/{z}/e", "GET"), ("/a/b", "POST")])
    assert by_the_index(routes, "GET", "/a/b/d")[1] == ("/a/{x}/d", {"x": "b"})
    assert by_the_index(routes, "GET", "/a/b/e")[1] == ("/{y}/{z}/e", {"y": "a", "z": "b"})
    assert by_the_index(routes, "GET", "/a/b/f") == (False, None)


def test_of_two_routes_with_one_path_the_first_is_run() -> None:
    routes = routes_of([("/{a}", "GET"), ("/{b}", "GET"), ("/{c}", "POST")])
    assert by_the_index(routes, "GET", "/1")[1] == ("/{a}", {"a": "1"})
    assert by_the_index(routes, "POST", "/1")[1] == ("/{c}", {"c": "1"})


def test_an_app_s_routes_are_found_as_they_were_declared() -> None:
    """No route of an app depends on the index's own order: FastAPI alone would run the same one."""
    for name in registry.APP_NAMES:
        routes = [route for each in registry.load(name).routers for route in each.routes if isinstance(route, Route)]
        words = sorted({part for route in routes for part in route.path.split("/") if part and "{" not in part})
        for route, word in product(routes, [*words, "7"]):
            asked = PARAMETER.sub(word, route.path)
            for method in route.methods:
                is_known, found = by_the_index(routes, method, asked)
                assert found == by_starlette(routes, method, asked) or not is_known, (method, asked)
