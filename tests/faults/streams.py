"""Readers of event streams by the thousand, in one process, and writers that change items all the while."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.faults.running import Portico

SAMPLE = {"email": "test@example.com", "password": "password123"}
PAUSE = 0.2  # seconds before a reader comes back
SILENCE = 60.0  # seconds; a reader that hears nothing for so long, not even a heartbeat, has lost its stream

Change = tuple[str, int]
"""An item, and the version that a change made."""


@dataclass
class Book:
    """What the events say, by id: read once for all readers."""

    changes: dict[bytes, Change] = field(default_factory=dict)
    last: bytes = b""
    """The event after which nothing comes."""

    def note(self, event_id: bytes, name: bytes, data: str | bytes) -> None:
        if event_id not in self.changes:
            event = orjson.loads(data)
            self.changes[event_id] = (event["key"], event["payload"]["version"])
            if name == b"item.deleted":
                self.last = event_id


class Reader:
    """Reads one stream. Cut, it comes back with the last id that it has, until it has seen the last event."""

    def __init__(self, portico: Portico, token: str, book: Book) -> None:
        self.seen: dict[bytes, None] = {}
        self.repeats = self.cuts = self.resets = 0
        self.is_reading = asyncio.Event()
        self.may_read = asyncio.Event()
        self.may_read.set()
        self._port = portico.port
        self._token = token
        self._book = book
        self._position = b""
        self._writer: asyncio.StreamWriter | None = None

    async def read_all(self) -> None:
        while not self._is_done():
            with suppress(OSError, EOFError, TimeoutError):
                await self._read()
            self.cuts += not self._is_done()
            await asyncio.sleep(PAUSE * random.random() * 2)

    def cut(self) -> None:
        """As a network does: without a word."""
        if self._writer is not None:
            self._writer.transport.abort()

    def changes(self) -> dict[str, list[int]]:
        """The versions of each item, in the order in which they were first seen."""
        found = defaultdict(list)
        for event_id in self.seen:
            key, version = self._book.changes[event_id]
            found[key].append(version)
        return dict(found)

    async def _read(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            since = b"Last-Event-ID: %b\r\n" % self._position if self._position else b""
            self._writer.write(
                b"GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %b\r\n%b\r\n"
                % (self._token.encode(), since)
            )
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SILENCE)
            status = head.split(b" ", 2)[1]
            assert status in (b"200", b"503"), head
            while status == b"200" and not self._is_done():
                await self.may_read.wait()
                self._note(await asyncio.wait_for(_chunk(reader), SILENCE))
        finally:
            self._writer.close()

    def _note(self, frames: bytes) -> None:
        assert frames.endswith(b"\n\n"), "a frame is sent in one piece"
        for frame in frames.split(b"\n\n")[:-1]:
            fields = dict(line.split(b": ", 1) for line in frame.split(b"\n") if not line.startswith(b":"))
            if b"event" not in fields:
                continue
            event_id, name = fields[b"id"], fields[b"event"]
            self._position = event_id
            self.is_reading.set()
            if name in (b"ready", b"reset"):
                self.resets += name == b"reset"
                continue
            self._book.note(event_id, name, fields[b"data"])
            self.repeats += event_id in self.seen
            self.seen[event_id] = None

    def _is_done(self) -> bool:
        return bool(self._book.last) and self._book.last in self.seen


class SocketReader(Reader):
    """The same over a WebSocket."""

    async def _read(self) -> None:
        address = f"127.0.0.1:{self._port}"
        async with httpx.AsyncClient(base_url=f"http://{address}") as client:
            answer = await client.post("/events/ticket", headers={"Authorization": f"Bearer {self._token}"})
            if answer.status_code != 201:
                return
        with suppress(WebSocketException):
            async with connect(f"ws://{address}/ws?ticket={answer.json()['ticket']}") as socket:
                since = {"since": self._position.decode()} if self._position else {}
                await socket.send(orjson.dumps({"type": "subscribe", "topics": ["item.*"], **since}).decode())
                async for text in socket:
                    self._note_message(text)
                    if self._is_done():
                        return

    def _note_message(self, text: str | bytes) -> None:
        message = orjson.loads(text)
        event_id = self._position = message["id"].encode()
        self.is_reading.set()
        self.resets += message["type"] == "reset"
        if message["type"] == "event":
            self._book.note(event_id, message["topic"].encode(), text)
            self.repeats += event_id in self.seen
            self.seen[event_id] = None


async def _chunk(reader: asyncio.StreamReader) -> bytes:
    """A chunk of RFC 9112, section 7.1. Raises `EOFError` at the end of the stream."""
    size = int(await reader.readuntil(b"\r\n"), 16)
    data = await reader.readexactly(size + 2)
    if size == 0:
        raise EOFError
    return data[:-2]


class Changes:
    """Writers that change the same items again and again."""

    def __init__(self, portico: Portico, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{portico.port}", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        self.made = 0
        self._progress = asyncio.Event()

    async def reached(self, count: int) -> None:
        """Wait until so many changes were made."""
        while self.made < count:
            self._progress.clear()
            await self._progress.wait()

    async def new_items(self, count: int) -> list[int]:
        return [await self._new_item() for _ in range(count)]

    async def change(self, items: Sequence[int], *, writers: int, times: int) -> None:
        """So many changes in all, by so many writers at the same time. What fails is tried again."""
        left = iter(range(times))

        async def write(chance: random.Random) -> None:
            for number in left:
                item = chance.choice(items)
                while not await self._changed(item, number):  # noqa: ASYNC110 - it waits for no event of ours
                    await asyncio.sleep(0.1)
                self.made += 1
                self._progress.set()

        await asyncio.gather(*(write(random.Random(seed)) for seed in range(writers)))

    async def versions(self, items: Sequence[int]) -> dict[str, list[int]]:
        """Of each item, the versions that its changes have made."""
        answers = [await self._client.get(f"/items/{item}") for item in items]
        last = {str(answer.json()["id"]): int(answer.headers["etag"].strip('"')) for answer in answers}
        return {item: list(range(2, version + 1)) for item, version in last.items()}

    async def end(self) -> None:
        """What readers know the end by."""
        item = await self._new_item()
        assert (await self._client.delete(f"/items/{item}")).status_code == 204
        await self._client.aclose()

    async def _new_item(self) -> int:
        answer = await self._client.post("/items", json={"name": "Lamp", "price": 1})
        assert answer.status_code == 201, answer.text
        item: int = answer.json()["id"]
        return item

    async def _changed(self, item: int, number: int) -> bool:
        try:
            answer = await self._client.put(f"/items/{item}", json={"quantity": number})
        except httpx.TransportError:
            return False
        assert answer.status_code in (200, 503), answer.text
        return answer.status_code == 200
