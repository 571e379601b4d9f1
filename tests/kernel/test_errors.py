"""Errors as they go over the wire: the form of RFC 9457, and what PostgreSQL's errors mean to a caller."""

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import psycopg
import pytest
from fastapi import HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from portico.kernel.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    MissingFields,
    NotFound,
    PreconditionFailed,
    Problem,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    problem_json,
)
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing
from tests.kernel.tiny import make_tables, notes, serving_tiny

KINDS = {
    kind.__name__: kind
    for kind in (
        Problem, InvalidInput, MissingFields, Unauthorized, Forbidden, NotFound, Conflict, PreconditionFailed,
        UnsupportedMediaType, RateLimited, Unavailable,
    )
}  # fmt: skip
api = router(prefix="/api")


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=2)
    size: int = 0


@api.get("/raise/{kind}", response_model=str, summary="Raises an error of a kind")
async def raise_kind(kind: str) -> Any:
    raise KINDS[kind](details={"field": "what is wrong"}, log="only the operator may read this")


@api.get("/http/{status}", response_model=str, summary="Raises the framework's own error")
async def raise_http(status: int) -> Any:
    raise HTTPException(status, "in the framework's words", headers={"X-Kept": "yes"})


@api.get("/sql", response_model=str, summary="Runs a statement through the driver")
async def run_sql(write: Writing, statement: Annotated[str, Query()]) -> Any:
    connection = await write.connection()
    await connection.execute(statement.encode())
    return "done"


@api.get("/orm", response_model=str, summary="Runs a statement through the session")
async def run_orm(write: Writing, statement: Annotated[str, Query()]) -> Any:
    await write.session.execute(text(statement))
    return "done"


@api.get("/read", response_model=str, summary="Runs a statement that reads")
async def run_read(reading: Reading, statement: Annotated[str, Query()]) -> Any:
    await reading.execute(statement.encode())
    return "done"


@api.get("/idle", response_model=str, summary="Leaves a transaction idle for longer than it may be")
async def idle(write: Writing) -> Any:
    connection = await write.connection()
    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(connection.fileno(), ended.set)
    await ended.wait()
    loop.remove_reader(connection.fileno())
    await connection.execute("SELECT 1")
    return "done"


@api.post("/notes/{note_id}", response_model=int, summary="Takes a note")
async def take(note_id: int, body: Note, limit: Annotated[int, Query(ge=1)] = 1) -> Any:
    return note_id


@api.put("/notes/{note_id}", response_model=int, summary="Takes a note too")
async def put(note_id: int, body: Note) -> Any:
    return note_id


@pytest.fixture
def tiny_url(database_url: str) -> str:
    make_tables(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO tiny.notes VALUES (1, 'one', 1, NULL), (2, 'two', 2, NULL)")
    return database_url


@pytest.fixture
def client(tiny_url: str) -> Iterator[httpx.Client]:
    with serving_tiny(tiny_url, api, log_level="ERROR") as client:
        yield client


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body, once the form is seen to be that of RFC 9457."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (status, code, status), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == "about:blank"
    assert body["title"]
    assert isinstance(body["detail"], str)
    assert body["trace_id"] == answer.headers["x-request-id"]
    return body


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_one_form(client: httpx.Client, name: str) -> None:
    kind = KINDS[name]
    answer = client.get(f"/api/raise/{name}")
    body = problem(answer, kind.status, kind.code)
    assert body["detail"] == kind.message
    assert "operator" not in answer.text
    wrong = [{"field": "field", "message": "what is wrong"}]
    if kind is Problem:
        assert "field" not in answer.text, "a mistake of ours tells nothing of the inside"
    elif issubclass(kind, InvalidInput):
        assert body["errors"] == wrong
    else:
        assert body["details"] == {"field": "what is wrong"}


def test_kinds_bring_the_headers_that_clients_go_by(client: httpx.Client) -> None:
    assert client.get("/api/raise/Unauthorized").headers["www-authenticate"] == "Bearer"
    assert client.get("/api/raise/Unavailable").headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("status", "answered", "code"),
    [
        (401, 401, "UNAUTHORIZED"), (403, 403, "FORBIDDEN"), (404, 404, "NOT_FOUND"), (413, 413, "PAYLOAD_TOO_LARGE"),
        (418, 422, "VALIDATION_ERROR"), (400, 422, "VALIDATION_ERROR"), (503, 503, "UNAVAILABLE"),
        (500, 500, "SERVER_ERROR"),
    ],
)  # fmt: skip
def test_errors_of_the_framework_take_the_same_form(
    client: httpx.Client, status: int, answered: int, code: str
) -> None:
    problem(client.get(f"/api/http/{status}"), answered, code)


def test_what_is_wrong_with_a_request_is_named_field_by_field(client: httpx.Client) -> None:
    answer = client.post("/api/notes/1?limit=0", json={"name": "x", "size": "big", "colour": "red"})
    body = problem(answer, 422, "VALIDATION_ERROR")
    wrong = {one["field"]: one["message"] for one in body["errors"]}
    assert set(wrong) == {"name", "size", "colour", "limit"}
    assert wrong["colour"] == "Unknown field"
    missing = problem(client.post("/api/notes/1", json={}), 422, "VALIDATION_ERROR")
    assert missing["detail"] == "Missing fields"
    assert [one["field"] for one in missing["errors"]] == ["name"]


@pytest.mark.parametrize(
    "body", ["{", "", '{"name": NaN}', '{"name": "a\\u0000b"}', '{"name": "\\ud800"}', "[]", '"x"']
)
def test_a_body_that_is_none_is_invalid_input(client: httpx.Client, body: str) -> None:
    answer = client.post("/api/notes/1", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer, 422, "VALIDATION_ERROR")["errors"]


def test_what_stands_outside_any_route_takes_the_same_form(client: httpx.Client) -> None:
    problem(client.get("/nowhere"), 404, "NOT_FOUND")
    answer = client.delete("/api/notes/1")
    problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "POST, PUT"
    problem(client.post("/api/notes/1", content=b"name=x", headers={"Content-Type": "text/plain"}), 415,
            "UNSUPPORTED_MEDIA_TYPE")  # fmt: skip
    problem(client.post("/api/notes/1", json={"name": "x" * 1024 * 1024}), 413, "PAYLOAD_TOO_LARGE")
    assert problem(client.post("/api/notes/x", json={"name": "xy"}), 404, "NOT_FOUND")["details"] == {"id": "x"}


# A statement that PostgreSQL refuses, its SQLSTATE, and what that means to the caller.
REFUSED = {
    "INSERT INTO tiny.notes VALUES (3, 'one')": ("23505", 409, "CONFLICT"),
    "INSERT INTO tiny.notes VALUES (NULL, 'x')": ("23502", 409, "CONFLICT"),
    "INSERT INTO tiny.notes VALUES (3, 'x', 100)": ("23514", 409, "CONFLICT"),
    "SELECT 'x'::int": ("22P02", 422, "VALIDATION_ERROR"),
    "SELECT 1 / (SELECT 0)": ("22012", 422, "VALIDATION_ERROR"),
    "SELECT 99999999999::int": ("22003", 422, "VALIDATION_ERROR"),
    "SELECT '2026-02-30'::date": ("22008", 422, "VALIDATION_ERROR"),
    "SELECT FROM tiny.notes WHERE id = 1 FOR UPDATE NOWAIT": ("55P03", 503, "UNAVAILABLE"),
    "SET LOCAL lock_timeout = '50ms'; UPDATE tiny.notes SET size = 3 WHERE id = 1": ("55P03", 503, "UNAVAILABLE"),
    "SELECT FROM tiny.nothing": ("42P01", 500, "SERVER_ERROR"),
    "DROP TABLE tiny.notes": ("42501", 500, "SERVER_ERROR"),
    "SELECT 1 +": ("42601", 500, "SERVER_ERROR"),
}
TOLD = ("tiny.", "notes", "relation", "constraint", "pg_", "psycopg", "sqlalchemy", "SELECT", "syntax", "duplicate")


@pytest.fixture
def locked(tiny_url: str) -> Iterator[None]:
    """Somebody else holds a lock on the first note."""
    with psycopg.connect(tiny_url) as other:
        other.execute("SELECT FROM tiny.notes WHERE id = 1 FOR UPDATE")
        yield


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("path", ["/api/sql", "/api/orm", "/api/read"])
def test_what_postgresql_s_errors_mean_to_the_caller(tiny_url: str, path: str) -> None:
    with serving_tiny(tiny_url, api, log_level="ERROR") as client:
        for statement, (state, status, code) in REFUSED.items():
            answer = client.get(path, params={"statement": statement})
            body = problem(answer, status, code)
            assert not any(word in answer.text for word in TOLD), f"{state}: {body}"
            assert ("retry-after" in answer.headers) == (status == 503), state
        assert client.get(path, params={"statement": "SELECT 1"}).status_code == 200


def test_the_states_are_those_that_the_table_says(tiny_url: str) -> None:
    """The table above is about PostgreSQL's classes: so each statement has to end as it says."""
    with psycopg.connect(tiny_url) as other:
        other.execute("SELECT FROM tiny.notes WHERE id = 1 FOR UPDATE")
        for statement, (state, _, _) in REFUSED.items():
            options = "-c role=portico_app"
            with psycopg.connect(tiny_url, options=options) as connection, pytest.raises(psycopg.Error) as refused:
                connection.execute(statement.encode())
            assert refused.value.sqlstate == state, statement


def gets(client: httpx.Client, *asked: tuple[str, str]) -> list[httpx.Response]:
    """Paths with statements, all at the same time."""

    async def race() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=client.base_url, timeout=30) as racer:
            return await asyncio.gather(*(racer.get(path, params={"statement": one}) for path, one in asked))

    return asyncio.run(race())


def assert_may_be_sent_again(answer: httpx.Response) -> None:
    problem(answer, 503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.alone
def test_a_statement_that_takes_too_long_is_ended(client: httpx.Client) -> None:
    for answer in gets(client, *((path, "SELECT pg_sleep(20)") for path in ("/api/sql", "/api/orm", "/api/read"))):
        assert_may_be_sent_again(answer)
        assert 4.5 < answer.elapsed.total_seconds() < 10


def test_of_two_that_wait_for_each_other_one_may_try_again(client: httpx.Client) -> None:
    def update(first: int, second: int) -> str:
        """Each waits until the other has its lock too."""
        return (
            f"DO $$ BEGIN UPDATE tiny.notes SET size = 0 WHERE id = {first}; PERFORM pg_advisory_lock({first});"
            f" WHILE (SELECT count(*) FROM pg_locks JOIN pg_database AS here ON here.oid = database"
            f" WHERE datname = current_database() AND locktype = 'advisory' AND objid IN (1, 2)) < 2"
            f" LOOP PERFORM pg_sleep(0.01); END LOOP;"
            f" UPDATE tiny.notes SET size = 0 WHERE id = {second}; END $$"
        )

    answers = gets(client, ("/api/sql", update(1, 2)), ("/api/sql", update(2, 1)))
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(lost) == 1, [answer.text for answer in answers]
    assert_may_be_sent_again(lost[0])


@pytest.mark.parametrize("path", ["/api/sql", "/api/orm", "/api/read"])
def test_a_connection_that_is_lost_in_the_middle(client: httpx.Client, tiny_url: str, path: str) -> None:
    stop = threading.Event()
    killer = threading.Thread(target=kill_sleepers, args=(tiny_url, stop))
    killer.start()
    try:
        assert_may_be_sent_again(client.get(path, params={"statement": "SELECT pg_sleep(4)"}))
    finally:
        stop.set()
        killer.join()
    assert client.get(path, params={"statement": "SELECT 1"}).status_code == 200


def kill_sleepers(url: str, stop: threading.Event) -> None:
    query = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE query LIKE '%pg_sleep(4)%' AND pid <> pg_backend_pid() AND datname = current_database()"""
    with psycopg.connect(url, autocommit=True) as connection:
        while not stop.wait(0.02) and connection.execute(query).rowcount == 0:
            pass


def test_a_transaction_that_was_left_idle_may_be_tried_again(client: httpx.Client) -> None:
    assert_may_be_sent_again(client.get("/api/idle"))


def test_an_error_leaves_no_trace_in_the_database(client: httpx.Client, tiny_url: str) -> None:
    both = "INSERT INTO tiny.notes VALUES (7, 'seven'); INSERT INTO tiny.notes VALUES (8, 'one')"
    problem(client.get("/api/sql", params={"statement": both}), 409, "CONFLICT")
    assert notes(tiny_url) == [(1, "one"), (2, "two")]


@pytest.mark.alone
def test_a_server_that_is_out_is_503_within_seconds() -> None:
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    with serving_tiny("postgresql://nobody@127.0.0.1:1/none", api, log_level="ERROR") as client:
        answer = client.get("/api/read", params={"statement": "SELECT 1"})
        problem(answer, 503, "UNAVAILABLE")
        assert answer.elapsed.total_seconds() < 5
        assert "127.0.0.1" not in answer.text


def test_a_form_that_cannot_be_written_as_json_is_no_reason_to_fail() -> None:
    form = problem_json(Conflict(details={"at": complex(1, 2)}), "trace")
    assert json.loads(form.body)["details"] == {"at": "(1+2j)"}
