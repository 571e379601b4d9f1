"""Receivers that mean no good: they lead elsewhere, say too much, say it slowly, or turn into another machine."""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from portico.kernel import outgoing
from portico.kernel.database import Database
from tests.kernel.hooked import Receiver, play, webhooks, written
from tests.kernel.test_webhooks import sender
from tests.kernel.watching import tell

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
MIB = 1024 * 1024
MOST_TAKEN = 16 * MIB  # bytes that the buffers of two sockets hold, and more
PUBLIC = "93.184.215.14"


@asynccontextmanager
async def listening(serve: Serve, host: str = "127.0.0.1", port: int = 0) -> Any:
    """A server of the test's own; yields its port."""

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await serve(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(quietly, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.02)


async def posted(port: int, *, host: str = "127.0.0.1", body: bytes = b"{}", within: float = 10) -> int:
    target = outgoing.target_of(f"http://{host}:{port}/", allow_private=True)
    return await outgoing.post(target, body, {}, allow_private=True, within=within)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_nowhere(status: int) -> None:
    async def run() -> None:
        elsewhere = Receiver()

        async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n{}")
            writer.write(b"HTTP/1.1 %d x\r\nLocation: %s\r\n\r\n" % (status, elsewhere.url.encode()))
            await writer.drain()

        async with listening(elsewhere.serve) as elsewhere.port, listening(redirect) as port:
            assert await posted(port) == status
            assert await posted(elsewhere.port) == 204, "it would have been heard"
            assert len(elsewhere.got) == 1

    asyncio.run(run())


HUGE = {
    "a body": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * MIB, 200),
    "one header": (b"HTTP/1.1 200 OK\r\nX: ", b"x" * MIB, None),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 100_000, None),
    "heads before the head": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10_000, None),
}


@pytest.mark.parametrize("kind", HUGE)
def test_an_answer_without_an_end_is_read_up_to_a_bound(kind: str) -> None:
    begin, more, expected = HUGE[kind]

    async def run() -> None:
        taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(begin)
            size = 0
            try:
                while size <= MOST_TAKEN:
                    writer.write(more)
                    await writer.drain()
                    size += len(more)
            finally:
                taken.set_result(size)

        async with listening(babble) as port:
            if expected is None:
                with pytest.raises(outgoing.Failed, match="could not connect or was cut off"):
                    await posted(port, within=60)
            else:
                assert await posted(port, within=60) == expected
            assert await taken <= MOST_TAKEN

    asyncio.run(run())


async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Each byte comes long before anybody would give it up."""
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def take_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(3600)


@pytest.mark.parametrize("serve", [dribble, take_nothing])
def test_who_is_slow_is_cut_when_the_time_is_over(serve: Serve) -> None:
    """Also where most of the body has not been sent, for which closing a connection waits."""

    async def run() -> None:
        async with listening(serve) as port, asyncio.timeout(60):
            with pytest.raises(outgoing.Failed, match="no answer in time"):
                await posted(port, body=b"x" * 32 * MIB, within=0.3)

    asyncio.run(run())


def test_who_is_slow_holds_up_nobody_else(database_url: str) -> None:
    async def act(database: Database, receiver: Receiver) -> None:
        hooks = webhooks(database_url)

        async def came_to(endpoint: dict[str, Any], *expected: str) -> bool:
            async with database.connection() as connection:
                rows = await hooks.deliveries(connection, endpoint["id"], owner="1")
            return {(row["state"], row["outcome"]) for row in rows} == {expected}

        async with listening(dribble) as port:
            slow, quick = [
                await written(database, lambda w, url=url: hooks.add(w, owner="1", url=url))
                for url in (f"http://127.0.0.1:{port}/", receiver.url)
            ]
            for n in range(4):
                await tell(database, f"k{n}", n)
            sending = asyncio.create_task(sender(database, database_url, within=5, waits=()).run())
            try:
                await until(lambda: came_to(quick, "delivered", "204"))
                assert await came_to(slow, "pending", ""), "the other one is still being waited for"
                await until(lambda: came_to(slow, "dead", "no answer in time"))
            finally:
                sending.cancel()
                with suppress(asyncio.CancelledError):
                    await sending
            assert sorted(receiver.numbers()) == [0, 1, 2, 3]

    play(database_url, act)


class Rebinding:
    """A name that means something else each time it is asked for, and where connections are opened to."""

    NAME = "hooks.example.net"

    def __init__(self, patch: pytest.MonkeyPatch, *meanings: list[str]) -> None:
        self._real = socket.getaddrinfo
        self._meanings = iter(meanings)
        self.asked = 0
        patch.setattr(socket, "getaddrinfo", self._resolve)

    def _resolve(self, host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != self.NAME:
            return self._real(host, port, *args, **kwargs)
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(self._meanings)]


def test_a_name_is_resolved_once_and_the_connection_goes_where_it_led_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines, 127.0.0.2 and 127.0.0.1, listen on the same port. The name means the one, and then the other."""
    name = Rebinding(monkeypatch, ["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"])

    async def run() -> None:
        checked, other = Receiver(), Receiver()
        async with listening(checked.serve, "127.0.0.2") as port, listening(other.serve, "127.0.0.1", port):
            assert await posted(port, host=name.NAME) == 204
            assert (len(checked.got), len(other.got), name.asked) == (1, 0, 1)
            assert checked.got[0][0]["host"] == f"{name.NAME}:{port}"
            assert await posted(port, host=name.NAME) == 204
            assert (len(checked.got), len(other.got)) == (1, 1), "the next call asks anew"

    asyncio.run(run())


_dialled: list[str] | None = None


def _dial(event: str, args: tuple[Any, ...]) -> None:
    """No packet leaves for an address that is not ours: the connection fails where Python asks the system for it."""
    if event == "socket.connect" and _dialled is not None and args[1][0] != "127.0.0.1":
        _dialled.append(args[1][0])
        raise ConnectionRefusedError


sys.addaudithook(_dial)  # for good: a hook cannot be taken away, and this one sleeps


@pytest.fixture
def dialled() -> Iterator[list[str]]:
    """The addresses that connections were asked for."""
    global _dialled
    _dialled = []
    yield _dialled
    _dialled = None


def test_a_name_that_turns_from_public_to_private(monkeypatch: pytest.MonkeyPatch, dialled: list[str]) -> None:
    async def run() -> None:
        inside = Receiver()
        async with listening(inside.serve) as port:
            target = outgoing.target_of(f"https://{Rebinding.NAME}:{port}/", allow_private=False)
            name = Rebinding(monkeypatch, [PUBLIC], ["127.0.0.1"], [PUBLIC, "127.0.0.1"])
            with pytest.raises(outgoing.Failed, match="could not connect"):
                await outgoing.post(target, b"{}", {}, allow_private=False, within=10)
            assert (dialled, name.asked) == ([PUBLIC], 1), "what was checked, and nothing else"
            for _ in range(2):  # private by now; and public beside private
                with pytest.raises(outgoing.Refused, match="not a public one"):
                    await outgoing.post(target, b"{}", {}, allow_private=False, within=10)
            assert (dialled, inside.got) == ([PUBLIC], [])

    asyncio.run(run())
