"""One request, one transaction: committed before the first byte of the answer, or not at all."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import Response
from fastapi.responses import JSONResponse, StreamingResponse
from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.kernel.database import fetch_all, fetch_one
from portico.kernel.errors import Conflict, Unauthorized
from portico.kernel.routes import router
from portico.kernel.tables import metadata
from portico.kernel.transaction import Transaction
from portico.kernel.unit_of_work import Reading, Writing
from tests.commands import eventually
from tests.kernel.tiny import make_tables, notes, serving_tiny

PID = "SELECT pg_backend_pid() AS pid"
api = router()


class Table(DeclarativeBase):
    metadata = metadata("tiny")


class Note(Table):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    parent: Mapped[int | None]


class Replayed(Unauthorized):
    commits = True


class Gate:
    """Where a request waits until the test lets it go on."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    async def passed(self) -> None:
        self.reached.set()
        assert await asyncio.to_thread(self.opened.wait, 10)


gate = Gate()


async def insert(write: Transaction, note_id: int, parent: int | None = None) -> None:
    params = {"id": note_id, "name": f"n{note_id}", "parent": parent}
    await (await write.connection()).execute(
        "INSERT INTO tiny.notes (id, name, parent) VALUES (%(id)s, %(name)s, %(parent)s)", params
    )


@api.post("/driver/{note_id}", response_model=int, status_code=201, summary="Writes through the driver")
async def by_driver(note_id: int, write: Writing, parent: int | None = None) -> Any:
    await insert(write, note_id, parent)
    return note_id


@api.post("/session/{note_id}", response_model=int, status_code=201, summary="Writes through the session")
async def by_session(note_id: int, write: Writing, parent: int | None = None) -> Any:
    write.session.add(Note(id=note_id, name=f"n{note_id}", parent=parent))
    return note_id


@api.post("/both/{note_id}", response_model=list[Any], summary="Writes through both, and reads what it wrote")
async def by_both(note_id: int, write: Writing) -> Any:
    before = await fetch_one(await write.connection(), PID)
    write.session.add(Note(id=note_id, name=f"n{note_id}"))
    found = await fetch_all(await write.connection(), "SELECT id FROM tiny.notes")
    await insert(write, note_id + 1)
    loaded = await write.session.get(Note, note_id + 1)
    assert loaded is not None
    assert await fetch_one(await write.connection(), PID) == before
    return [row["id"] for row in found] + [loaded.name]


@api.post("/raise/{kind}", response_model=int, summary="Writes, then raises")
async def raises(kind: str, write: Writing, parent: int | None = None) -> Any:
    await insert(write, 1, parent)
    raise {"refused": Conflict, "kept": Replayed, "mistake": ZeroDivisionError}[kind]


@api.post("/answer/{status}", response_model=None, summary="Writes, then answers with a status")
async def answers(status: int, write: Writing) -> Any:
    await insert(write, 1)
    return JSONResponse("as it is", status)


@api.post("/unserialisable", response_model=int, summary="Writes, then returns what is no number")
async def unserialisable(write: Writing) -> Any:
    await insert(write, 1)
    return "no number"


@api.post("/stream", response_model=None, summary="Writes, then streams for as long as the test likes")
async def streams(write: Writing, parent: int | None = None) -> Any:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        await gate.passed()
        yield b"last"

    await insert(write, 1, parent)
    return StreamingResponse(parts())


@api.post("/slow", response_model=int, summary="Writes, then takes too long")
async def slow(write: Writing) -> Any:
    await insert(write, 1)
    await asyncio.Event().wait()


@api.post("/aside/{note_id}", response_model=list[int], summary="Does long work without a connection")
async def aside(note_id: int, write: Writing, written: bool = False, held: bool = False) -> Any:
    before = await fetch_one(await write.connection(), PID)
    if written:
        await insert(write, note_id + 1)
    if held:
        write.hold()
    claimed: list[int] = []

    async def claim() -> None:
        claimed.append(note_id)

    write.claims.append(claim)
    result = await write.aside(asyncio.sleep(0, result=41))
    await write.aside(gate.passed())
    assert before is not None
    await insert(write, note_id)
    return [result, *claimed]


@api.get("/names", response_model=list[str], summary="Reads")
async def names(reading: Reading) -> Any:
    return [row["name"] for row in await fetch_all(reading, "SELECT name FROM tiny.notes ORDER BY id")]


@api.post("/confused", response_model=int, summary="Reads and writes on two connections")
async def confused(reading: Reading, write: Writing, response: Response) -> Any:
    raise AssertionError("never called")


@pytest.fixture
def tiny_url(database_url: str) -> str:
    make_tables(database_url)
    return database_url


@pytest.fixture
def client(tiny_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """On one connection: whatever does not give it back makes the next request fail."""
    monkeypatch.setitem(globals(), "gate", Gate())
    with serving_tiny(tiny_url, api, db_pool_size=1, request_timeout=3, log_level="ERROR") as client:
        yield client
        gate.opened.set()


@pytest.mark.parametrize("path", ["/driver/1", "/session/1"])
def test_what_is_written_is_there(client: httpx.Client, tiny_url: str, path: str) -> None:
    assert client.post(path).status_code == 201
    assert notes(tiny_url) == [(1, "n1")]


@pytest.mark.parametrize("path", ["/driver/1", "/session/1", "/stream"])
def test_a_commit_that_fails_is_never_a_success(client: httpx.Client, tiny_url: str, path: str) -> None:
    """The constraint is deferred: it is checked by the commit alone, after the answer is made."""
    answer = client.post(path, params={"parent": 99})
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert notes(tiny_url) == []
    assert client.post("/driver/1").status_code == 201


def test_at_the_first_byte_it_is_committed(client: httpx.Client, tiny_url: str) -> None:
    with client.stream("POST", "/stream", headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status_code == 200
        parts = answer.iter_raw()
        assert next(parts) == b"first"
        assert notes(tiny_url) == [(1, "n1")]
        assert client.get("/names").json() == ["n1"], "a stream that runs holds no connection"
        gate.opened.set()
        assert b"".join(parts) == b"last"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/raise/refused", 409), ("/raise/mistake", 500), ("/unserialisable", 500), ("/slow", 503), ("/answer/404", 404)],
)
def test_an_error_rolls_back(client: httpx.Client, tiny_url: str, path: str, status: int) -> None:
    assert client.post(path).status_code == status
    assert notes(tiny_url) == []
    assert client.get("/names").status_code == 200


@pytest.mark.parametrize("status", [200, 201, 202, 303])
def test_an_answer_that_is_no_error_commits(client: httpx.Client, tiny_url: str, status: int) -> None:
    assert client.post(f"/answer/{status}").status_code == status
    assert notes(tiny_url) == [(1, "n1")]


def test_a_kind_that_commits_keeps_what_was_written(client: httpx.Client, tiny_url: str) -> None:
    answer = client.post("/raise/kept")
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert notes(tiny_url) == [(1, "n1")]


def test_a_kind_that_commits_and_cannot_is_told_as_what_it_is(client: httpx.Client, tiny_url: str) -> None:
    assert client.post("/raise/kept", params={"parent": 99}).status_code == 409
    assert notes(tiny_url) == []
    assert client.get("/names").status_code == 200


def test_driver_and_session_are_one_transaction(client: httpx.Client, tiny_url: str) -> None:
    assert client.post("/both/1").json() == [1, "n2"]
    assert notes(tiny_url) == [(1, "n1"), (2, "n2")]


def test_long_work_holds_no_connection(client: httpx.Client, tiny_url: str) -> None:
    found: list[httpx.Response] = []
    working = threading.Thread(target=lambda: found.append(client.post("/aside/7")))
    working.start()
    assert gate.reached.wait(10)
    assert client.post("/driver/1").status_code == 201, "the only connection was held"
    gate.opened.set()
    working.join()
    assert found[0].json() == [41, 7, 7], "what was claimed is claimed again after each"
    assert notes(tiny_url) == [(1, "n1"), (7, "n7")]


def test_what_was_written_before_the_long_work_is_gone(client: httpx.Client, tiny_url: str) -> None:
    gate.opened.set()
    assert client.post("/aside/7", params={"written": True}).status_code == 200
    assert notes(tiny_url) == [(7, "n7")]


def test_a_transaction_that_is_held_keeps_what_was_written_before(client: httpx.Client, tiny_url: str) -> None:
    gate.opened.set()
    assert client.post("/aside/7", params={"written": True, "held": True}).json() == [41]
    assert notes(tiny_url) == [(7, "n7"), (8, "n8")]


def test_a_request_on_two_connections_is_a_mistake_of_ours(client: httpx.Client) -> None:
    assert client.post("/confused").status_code == 500
    assert client.get("/names").status_code == 200


def test_many_at_once_keep_their_transactions_apart(tiny_url: str) -> None:
    """Every second one fails: nothing of it is stored, and nothing of the others is lost."""

    async def race(address: httpx.URL) -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=address, timeout=30) as racer:
            asked = []
            for number in range(1, 61):
                path = f"/{('session', 'driver')[number % 2]}/{number}"
                asked.append(racer.post(path, params={"parent": 999} if number % 3 == 0 else {}))
            return await asyncio.gather(*asked)

    with serving_tiny(tiny_url, api, db_pool_size=3, log_level="ERROR") as client:
        answers = asyncio.run(race(client.base_url))
    expected = [409 if number % 3 == 0 else 201 for number in range(1, 61)]
    assert [answer.status_code for answer in answers] == expected
    assert [note_id for note_id, _ in notes(tiny_url)] == [number for number in range(1, 61) if number % 3]


def test_a_client_who_leaves_takes_no_connection_with_him(client: httpx.Client, tiny_url: str) -> None:
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout):
            client.post("/slow", timeout=0.1)
    eventually(lambda: client.post("/driver/1").status_code == 201, within=30)
    assert notes(tiny_url) == [(1, "n1")]


@api.post("/driver-then-session/{note_id}", status_code=201, response_model=int, summary="Writes both ways")
async def write_both_ways(note_id: int, write: Writing) -> Any:
    await insert(write, note_id)
    write.session.add(Note(id=note_id + 1, name=f"n{note_id + 1}", parent=None))
    await write.session.flush()
    return note_id


def test_the_first_transaction_of_a_process_keeps_what_the_driver_wrote(tiny_url: str) -> None:
    """SQLAlchemy rolls back on the first connection that it ever gets."""
    with serving_tiny(tiny_url, api, log_level="ERROR") as client:
        assert client.post("/driver-then-session/1").status_code == 201
    assert notes(tiny_url) == [(1, "n1"), (2, "n2")]
