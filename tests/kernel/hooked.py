"""A receiver of webhooks, and an app of the tests that sends some."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from portico.kernel.database import Database
from portico.kernel.transaction import Transaction
from portico.kernel.webhooks import Webhooks
from tests.servers import settings_of


@dataclass
class Receiver:
    """A server that keeps what it is sent, and answers as it is told."""

    answer: Callable[[dict[str, str], Any], int] = lambda headers, body: 204
    delay: float = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, OSError):  # a sender that gives up half-way is no error of ours
                await self._receive(reader, writer)
        finally:
            writer.close()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        await asyncio.sleep(self.delay)
        self.got.append((headers, body))
        status = self.answer(headers, json.loads(body))
        writer.write(b"HTTP/1.1 %d x\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status)
        await writer.drain()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=1"

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    def numbers(self) -> list[Any]:
        return [json.loads(body)["data"] for _, body in self.got]


Act = Callable[[Database, Receiver], Coroutine[Any, Any, None]]


def play(url: str, act: Act) -> None:
    async def run() -> None:
        database, receiver = Database(url, pool_size=6), Receiver()
        await database.open()
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
        receiver.port = server.sockets[0].getsockname()[1]
        try:
            await act(database, receiver)
        finally:
            server.close()
            await database.close()

    asyncio.run(run())


def webhooks(url: str, **settings: Any) -> Webhooks:
    return Webhooks("tiny", settings_of(url, webhook_allow_private=True, **settings))


async def written(database: Database, work: Callable[[Transaction], Coroutine[Any, Any, Any]]) -> Any:
    write = Transaction(database)
    try:
        found = await work(write)
        await write.commit()
        return found
    finally:
        await write.close()
