"""`Idempotency-Key`: the same request sent twice has one effect and one answer."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import psycopg
import pytest
from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from portico.kernel import idempotency
from portico.kernel.errors import Conflict
from portico.kernel.idempotency import LONGEST_KEY, Key
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Writing
from tests.kernel.tiny import make_tables, serving_tiny

KEYS = "SELECT app, caller, key FROM portico.idempotency_keys ORDER BY 1, 2, 3"


async def once(request: Request, write: Writing, caller: Annotated[str, Header()] = "", key: Key = None) -> None:
    if key is not None:
        await idempotency.once(request, write, caller=caller, key=key)


api = router(dependencies=[Depends(once)])


class Gate:
    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()


gate = Gate()


class NoteIn(BaseModel):
    name: str
    parent: int | None = None


@api.post("/notes", response_model=dict[str, Any], status_code=201, summary="Adds a note")
async def add(body: NoteIn, write: Writing, response: Response) -> Any:
    sql = """INSERT INTO tiny.notes (id, name, parent)
             SELECT coalesce(max(id), 0) + 1, %s, %s::int FROM tiny.notes RETURNING id"""
    row = await (await (await write.connection()).execute(sql, (body.name, body.parent))).fetchone()
    response.headers.update({"Location": f"/notes/{row[0]}", "ETag": '"1"', "X-Once": "only the first time"})
    return {"id": row[0], "name": body.name}


@api.put("/notes", response_model=dict[str, Any], summary="Adds a note by another method")
async def put(body: NoteIn, write: Writing, response: Response) -> Any:
    return await add(body, write, response)


@api.post("/slow", response_model=int, status_code=201, summary="Adds a note when the test lets it")
async def slow(write: Writing) -> Any:
    await (await write.connection()).execute("INSERT INTO tiny.notes (id, name) VALUES (100, 'slow')")
    gate.reached.set()
    assert await asyncio.to_thread(gate.opened.wait, 10)
    return 1


@api.post("/aside", response_model=int, status_code=201, summary="Works aside, then adds a note")
async def aside(write: Writing) -> Any:
    gate.reached.set()
    await write.aside(asyncio.to_thread(gate.opened.wait, 10))
    await (await write.connection()).execute("INSERT INTO tiny.notes (id, name) VALUES (1, 'aside')")
    return 1


@api.post("/refused", response_model=int, status_code=201, summary="Adds a note, then refuses")
async def refused(write: Writing) -> Any:
    await (await write.connection()).execute("INSERT INTO tiny.notes (id, name) VALUES (1, 'refused')")
    raise Conflict


@pytest.fixture
def tiny_url(database_url: str) -> str:
    make_tables(database_url)
    return database_url


@pytest.fixture
def client(tiny_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    monkeypatch.setitem(globals(), "gate", Gate())
    with serving_tiny(tiny_url, api, log_level="ERROR") as client:
        yield client
        gate.opened.set()


def rows(url: str, query: str) -> list[Any]:
    with psycopg.connect(url) as owner:
        return owner.execute(query.encode()).fetchall()


def keyed(key: str, caller: str = "anna") -> dict[str, str]:
    return {"Idempotency-Key": key, "Caller": caller}


def test_the_same_request_has_one_effect_and_one_answer(client: httpx.Client, tiny_url: str) -> None:
    first = client.post("/notes", json={"name": "a"}, headers=keyed("k1"))
    again = client.post("/notes/", json={"name": "a"}, headers=keyed("k1"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert "x-once" not in again.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert rows(tiny_url, "SELECT name FROM tiny.notes") == [("a",)]


def test_without_a_key_each_request_counts(client: httpx.Client, tiny_url: str) -> None:
    assert client.post("/notes", json={"name": "a"}).json()["id"] == 1
    assert client.post("/notes", json={"name": "b"}).json()["id"] == 2
    assert rows(tiny_url, KEYS) == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/notes", {"name": "b"}),
        ("POST", "/notes", {"name": "a", "parent": None}),
        ("POST", "/notes?dry=1", {"name": "a"}),
        ("PUT", "/notes", {"name": "a"}),
        ("POST", "/refused", {"name": "a"}),
    ],
)
def test_another_request_under_the_same_key_is_refused(
    client: httpx.Client, tiny_url: str, method: str, path: str, body: dict[str, Any]
) -> None:
    assert client.post("/notes", json={"name": "a"}, headers=keyed("k1")).status_code == 201
    answer = client.request(method, path, json=body, headers=keyed("k1"))
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert rows(tiny_url, "SELECT name FROM tiny.notes") == [("a",)]


def test_keys_of_callers_and_apps_are_strangers(client: httpx.Client, tiny_url: str) -> None:
    assert client.post("/notes", json={"name": "a"}, headers=keyed("k1", "anna")).json()["id"] == 1
    assert client.post("/notes", json={"name": "b"}, headers=keyed("k1", "bert")).json()["id"] == 2
    with serving_tiny(tiny_url, api, app={"name": "other"}) as other:
        assert other.post("/notes", json={"name": "c"}, headers=keyed("k1", "anna")).json()["id"] == 3
    assert rows(tiny_url, KEYS) == [("other", "anna", "k1"), ("tiny", "anna", "k1"), ("tiny", "bert", "k1")]


@pytest.mark.parametrize("path", ["/slow", "/aside"])
def test_while_the_first_runs_the_second_is_told_so(client: httpx.Client, tiny_url: str, path: str) -> None:
    found: list[httpx.Response] = []
    first = threading.Thread(target=lambda: found.append(client.post(path, headers=keyed("k1"))))
    first.start()
    assert gate.reached.wait(10)
    if path == "/slow":
        second = client.post(path, headers=keyed("k1"))
        assert (second.status_code, second.json()["code"]) == (409, "CONFLICT")
        assert client.post("/notes", json={"name": "other"}, headers=keyed("k2")).status_code == 201
    gate.opened.set()
    first.join()
    assert found[0].status_code == 201
    assert client.post(path, headers=keyed("k1")).headers["idempotency-replayed"] == "true"
    assert rows(tiny_url, "SELECT count(*) FROM tiny.notes WHERE name IN ('slow', 'aside')") == [(1,)]


def test_two_that_worked_aside_at_once_have_one_effect(client: httpx.Client, tiny_url: str) -> None:
    """Nothing is locked while a request works aside: what it claimed it claims again before it writes."""
    answers = at_once(client, "/aside", 4, lambda: (gate.reached.wait(10), gate.opened.set()))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[201] >= 1
    assert set(statuses) <= {201, 409}
    assert rows(tiny_url, "SELECT count(*) FROM tiny.notes") == [(1,)]


def test_many_at_once_have_one_effect(client: httpx.Client, tiny_url: str) -> None:
    gate.opened.set()
    answers = at_once(client, "/slow", 30, lambda: None)
    statuses = Counter(answer.status_code for answer in answers)
    fresh = [one for one in answers if one.status_code == 201 and "idempotency-replayed" not in one.headers]
    assert len(fresh) == 1
    assert set(statuses) <= {201, 409}
    assert rows(tiny_url, "SELECT count(*) FROM tiny.notes") == [(1,)]


def at_once(client: httpx.Client, path: str, count: int, meanwhile: Any) -> list[httpx.Response]:
    async def race() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=client.base_url, timeout=30) as racer:
            asked = [racer.post(path, headers=keyed("k1")) for _ in range(count)]
            answers = asyncio.gather(*asked)
            await asyncio.to_thread(meanwhile)
            return list(await answers)

    return asyncio.run(race())


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/refused", None, 409), ("/notes", {"name": "a", "parent": 99}, 409), ("/notes", {}, 422), ("/nowhere", {}, 404)],
)
def test_only_success_is_remembered(client: httpx.Client, tiny_url: str, path: str, body: Any, status: int) -> None:
    """An answer that was an error may be another one next time; one whose commit failed never happened."""
    for _ in range(2):
        answer = client.post(path, json=body, headers=keyed("k1"))
        assert answer.status_code == status
        assert "idempotency-replayed" not in answer.headers
    assert rows(tiny_url, KEYS) == []
    assert client.post("/notes", json={"name": "a"}, headers=keyed("k1")).status_code == 201


@pytest.mark.parametrize(("length", "status"), [(0, 422), (1, 201), (LONGEST_KEY, 201), (LONGEST_KEY + 1, 422)])
def test_the_limits_of_a_key(client: httpx.Client, length: int, status: int) -> None:
    answer = client.post("/notes", json={"name": "a"}, headers=keyed("k" * length))
    assert answer.status_code == status
    if status == 422:
        assert [error["field"].lower() for error in answer.json()["errors"]] == ["idempotency-key"]


@pytest.mark.parametrize(("hours", "is_replayed"), [(23.9, True), (24.1, False)])
def test_an_answer_is_kept_for_24_hours(client: httpx.Client, tiny_url: str, hours: float, is_replayed: bool) -> None:
    client.post("/notes", json={"name": "a"}, headers=keyed("k1"))
    with psycopg.connect(tiny_url) as owner:
        owner.execute(
            "UPDATE portico.idempotency_keys SET created_at = now() - make_interval(secs => %s)", [hours * 3600]
        )
    body = {"name": "a"} if is_replayed else {"name": "later"}
    for _ in range(2):
        answer = client.post("/notes", json=body, headers=keyed("k1"))
        assert answer.status_code == 201
    assert answer.headers["idempotency-replayed"] == "true"
    assert answer.json()["name"] == body["name"]
    assert len(rows(tiny_url, KEYS)) == 1
