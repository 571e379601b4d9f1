"""Many complete applications under one root: longest prefix first, every lifespan run, nothing redirected."""

from collections.abc import Mapping, MutableMapping
from contextlib import AsyncExitStack
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from portico.kernel.lifespan import run_lifespan


class Dispatcher:
    """An ASGI application that hands each request to the app whose prefix is the longest match of its path.

    `root` gets what no prefix matches. `rewrites` maps a prefix to the app's own path that it stands for, so that
    `/fakestoreapi` can lead to `/store/fakestoreapi`.
    """

    def __init__(self, apps: Mapping[str, ASGIApp], root: ASGIApp, rewrites: Mapping[str, str] | None = None) -> None:
        self._apps = sorted(apps.items(), key=lambda pair: -len(pair[0]))
        self._root = root
        self._rewrites = dict(rewrites or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespans(scope, receive, send)
            return
        self._rewrite(scope)
        path = scope["path"]
        for prefix, app in self._apps:
            if path == prefix or path.startswith(prefix + "/"):
                scope["root_path"] = scope.get("root_path", "") + prefix
                await app(scope, receive, send)
                return
        await self._root(scope, receive, send)

    def _rewrite(self, scope: MutableMapping[str, Any]) -> None:
        for prefix, target in self._rewrites.items():
            if scope["path"] == prefix or scope["path"].startswith(prefix + "/"):
                scope["path"] = target + scope["path"][len(prefix) :]

    async def _lifespans(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with AsyncExitStack() as stack:
                for _, app in self._apps:
                    await stack.enter_async_context(run_lifespan(app, scope))
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})
