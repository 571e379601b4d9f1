"""Running the lifespan of an ASGI application from outside, as a server does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message, Scope


@asynccontextmanager
async def run_lifespan(app: ASGIApp, scope: Scope | None = None) -> AsyncIterator[None]:
    """Start the application, and stop it on the way out. Raises `RuntimeError` where it fails to start."""
    told: asyncio.Queue[Message] = asyncio.Queue()
    said: asyncio.Queue[Message] = asyncio.Queue()
    own: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}, **(scope or {})}
    task = asyncio.create_task(_run(app, own, told, said))
    try:
        await told.put({"type": "lifespan.startup"})
        _raise_if_failed(await said.get())
        try:
            yield
        finally:
            if not task.done():
                await told.put({"type": "lifespan.shutdown"})
                _raise_if_failed(await said.get())
    except asyncio.CancelledError:
        task.cancel()
        raise
    finally:
        await asyncio.gather(task, return_exceptions=True)


async def _run(app: ASGIApp, scope: Scope, told: asyncio.Queue[Message], said: asyncio.Queue[Message]) -> None:
    try:
        await app(scope, told.get, said.put)
        await said.put({"type": "lifespan.ended"})  # for whoever waits: it may have said nothing at all
    except Exception as error:
        await said.put({"type": "lifespan.failed", "message": repr(error)})
        raise


def _raise_if_failed(message: Message) -> None:
    if message["type"].endswith("failed"):
        raise RuntimeError(message.get("message", ""))
