"""Finding a route by its path's segments, in a time that does not grow with the number of routes.

Starlette tries one regular expression after another, and FastAPI wraps each try. This index goes down a tree of
segments instead. What it does not know (mounts, typed converters, other methods, 404s) is left to the router.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.convertors import StringConvertor
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from portico.kernel.routes import Route


@dataclass
class _Node:
    """A place in the tree: what the next segment may be, and the routes that end here, by method."""

    static: dict[str, "_Node"] = field(default_factory=dict)
    param: "_Node | None" = None
    routes: dict[str, Route] = field(default_factory=dict)


class RouteIndex:
    """An ASGI application that runs the route of a request, or `app` where the index knows none."""

    def __init__(self, routes: Iterable[BaseRoute], app: ASGIApp) -> None:
        self._app = app
        self._root = _Node()
        for route in routes:
            if isinstance(route, Route) and all(
                isinstance(convertor, StringConvertor) for convertor in route.param_convertors.values()
            ):
                self._add(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            segments = scope["path"].removeprefix(scope.get("root_path", "")).split("/")
            values: list[str] = []
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            route = _find(self._root, segments, 1, method, values)
            if route is not None:
                scope["app"] = self._app
                scope["route"] = route
                scope["endpoint"] = route.endpoint
                scope["path_params"] = dict(zip(route.param_convertors, values, strict=True))
                await route.app(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.path_format.split("/")[1:]:
            if segment.startswith("{") and segment.endswith("}"):
                node.param = node.param or _Node()
                node = node.param
            elif "{" in segment:
                return  # a parameter inside a segment: the framework's regular expressions know how
            else:
                node = node.static.setdefault(segment, _Node())
        for method in route.methods or ():
            node.routes.setdefault(method, route)


def _find(node: _Node, segments: list[str], at: int, method: str, values: list[Any]) -> Route | None:
    """The route at the end of the segments; `values` gets those of its parameters. A name goes before a parameter."""
    if at == len(segments):
        return node.routes.get(method)
    following = node.static.get(segments[at])
    if following is not None:
        found = _find(following, segments, at + 1, method, values)
        if found is not None:
            return found
    if node.param is not None and segments[at]:
        values.append(segments[at])
        found = _find(node.param, segments, at + 1, method, values)
        if found is not None:
            return found
        values.pop()
    return None
