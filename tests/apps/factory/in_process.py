"""Calls of an app without a socket in between: thousands of them, and many at once."""

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def code(self) -> str:
        """`200`, or what the error is called."""
        return str(self.status) if self.status < 400 else str(self.body["code"])


class InProcess:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def call(self, headers: dict[str, str], method: str, path: str, body: Any = None) -> Answer:
        content = b"" if body is None else orjson.dumps(body)
        sent = {"host": "testserver", **headers}
        if content:
            sent |= {"content-type": "application/json", "content-length": str(len(content))}
        raw, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": raw, "raw_path": raw.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": ("127.0.0.1", 1), "server": ("testserver", 80), "state": {},
        }  # fmt: skip
        status, parts = 0, []
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if asked:
                await asyncio.sleep(3600)
            asked = True
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                parts.append(message.get("body", b""))

        await self._app(scope, receive, send)
        text = b"".join(parts)
        return Answer(status, orjson.loads(text) if text else None)
