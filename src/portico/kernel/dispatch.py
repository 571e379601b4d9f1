"""Many complete applications under one root: longest prefix first, every lifespan run, nothing redirected."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from portico.kernel.lifespan import run_lifespan

T = TypeVar("T")


class Dispatcher:
    """An ASGI application that hands each request to the app whose prefix is the longest match of its path.

    `root` gets what no prefix matches. `rewrites` maps a prefix to the app's own path that it stands for, so that
    `/fakestoreapi` can lead to `/store/fakestoreapi`.
    """

    def __init__(self, apps: Mapping[str, ASGIApp], root: ASGIApp, rewrites: Mapping[str, str] | None = None) -> None:
        self._apps = _longest_first(apps)
        self._root = root
        self._rewrites = _longest_first(rewrites or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespans(scope, receive, send)
            return
        outer = scope.get("root_path", "")
        path = self._rewritten(scope["path"].removeprefix(outer))
        scope["path"] = outer + path
        for prefix, app in self._apps:
            if _is_below(path, prefix):
                scope["root_path"] = outer + prefix
                await app(scope, receive, send)
                return
        await self._root(scope, receive, send)

    def _rewritten(self, path: str) -> str:
        for prefix, target in self._rewrites:
            if _is_below(path, prefix):
                return target + path.removeprefix(prefix)
        return path

    async def _lifespans(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        stage = "startup"
        try:
            async with AsyncExitStack() as stack:
                for _, app in self._apps:
                    await stack.enter_async_context(run_lifespan(app, scope))
                await send({"type": "lifespan.startup.complete"})
                stage = "shutdown"
                await receive()
        except Exception as error:
            await send({"type": f"lifespan.{stage}.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


def _longest_first(pairs: Mapping[str, T]) -> list[tuple[str, T]]:
    return sorted(pairs.items(), key=lambda pair: -len(pair[0]))
