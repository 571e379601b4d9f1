"""Finding a route by its path's segments, in a time that does not grow with the number of routes.

Starlette tries one regular expression after another, and FastAPI wraps each try. This index goes down a tree of
segments instead. What it does not know (mounts, typed converters, 404s) is left to the router.

A name goes before a parameter, whatever the method: `/items/export` is no item, so that PUT, which only `/items/{id}`
takes, is 405 there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from fastapi import FastAPI, Request
from starlette.convertors import StringConvertor
from starlette.routing import BaseRoute, Match, WebSocketRoute
from starlette.types import Receive, Scope, Send

from portico.kernel.errors import MethodNotAllowed
from portico.kernel.routes import Route


@dataclass
class _Node:
    """A place in the tree: what the next segment may be, and the routes that end here, by method."""

    static: dict[str, "_Node"] = field(default_factory=dict)
    param: "_Node | None" = None
    routes: dict[str, Route] = field(default_factory=dict)


class RouteIndex:
    """An ASGI application that runs the route of a request, or `app` where the index knows none."""

    def __init__(self, routes: Sequence[BaseRoute], app: FastAPI) -> None:
        self._app = app
        self._root = _Node()
        self._others: list[BaseRoute] = []
        self._sockets = [route for route in routes if isinstance(route, WebSocketRoute)]
        for route in routes:
            if not _is_known(route) or not self._add(route):
                self._others.append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            segments = scope["path"].removeprefix(scope.get("root_path", "")).split("/")
            values: list[str] = []
            found = _find(self._root, segments, 1, values)
            route = found.get("GET" if scope["method"] == "HEAD" else scope["method"])
            if route is not None:
                scope["app"] = self._app
                scope["route"] = route
                scope["endpoint"] = route.endpoint
                scope["path_params"] = dict(zip(route.param_convertors, values, strict=True))
                await route.app(scope, receive, send)
                return
            if found and not any(other.matches(scope)[0] is Match.FULL for other in self._others):
                await self._refuse(found, scope, receive, send)
                return
        elif scope["type"] == "websocket":
            scope["route"] = next((one for one in self._sockets if one.matches(scope)[0] is Match.FULL), None)
        await self._app(scope, receive, send)

    async def _refuse(self, found: Mapping[str, Route], scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self._app
        scope["route"] = next(iter(found.values()))  # for the log: which path it was
        problem = MethodNotAllowed(headers={"Allow": ", ".join(sorted(found))})
        await self._app.state.answer_error(Request(scope), problem)(scope, receive, send)

    def _add(self, route: Route) -> bool:
        """Whether the route's path is one that the tree can hold."""
        node = self._root
        for segment in route.path_format.split("/")[1:]:
            if segment.startswith("{") and segment.endswith("}"):
                node.param = node.param or _Node()
                node = node.param
            elif "{" in segment:
                return False  # a parameter inside a segment: the framework's regular expressions know how
            else:
                node = node.static.setdefault(segment, _Node())
        for method in route.methods or ():
            node.routes.setdefault(method, route)
        return True


def _is_known(route: BaseRoute) -> TypeGuard[Route]:
    return isinstance(route, Route) and all(
        isinstance(convertor, StringConvertor) for convertor in route.param_convertors.values()
    )


def _find(node: _Node, segments: list[str], at: int, values: list[str]) -> Mapping[str, Route]:
    """The routes at the end of the segments, by method; `values` gets those of their parameters."""
    if at == len(segments):
        return node.routes
    following = node.static.get(segments[at])
    if following is not None:
        found = _find(following, segments, at + 1, values)
        if found:
            return found
    if node.param is not None and segments[at]:
        values.append(segments[at])
        found = _find(node.param, segments, at + 1, values)
        if found:
            return found
        values.pop()
    return {}
