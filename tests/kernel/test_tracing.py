import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Body
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from sqlalchemy import text

from portico.kernel.database import fetch_one
from portico.kernel.errors import NotFound
from portico.kernel.routes import router
from portico.kernel.tracing import span, traceparent, tracing
from portico.kernel.unit_of_work import Reading, Writing
from tests.commands import environment, portico_serve, served
from tests.kernel.tiny import make_tables, serving_tiny
from tests.kernel.traces import CALLER, HEADERS, TRACE, traced
from tests.receivers import CLIENT, SERVER, attributes, receiving
from tests.servers import KEY

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
notes = router(prefix="/notes")


@notes.get("/{name}", response_model=dict[str, Any], summary="A note")
async def note(name: str, read: Reading) -> Any:
    found = await fetch_one(read, "SELECT id, name FROM tiny.notes WHERE name = %(name)s", {"name": name})
    if found is None:
        raise NotFound
    return found


@notes.post("", response_model=int, summary="Adds a note by the driver and one by the session")
async def add(name: Annotated[str, Body()], size: Annotated[int, Body()], write: Writing) -> Any:
    values = {"name": name, "size": size}
    sql = "INSERT INTO tiny.notes (id, name, size) VALUES (1, %(name)s, %(size)s) RETURNING id"
    await fetch_one(await write.connection(), sql, values)
    await write.session.execute(text("INSERT INTO tiny.notes (id, name, size) VALUES (2, :name || '2', 1)"), values)
    return 1


def test_a_request_and_its_statements_are_one_trace(database_url: str, tmp_path: Path) -> None:
    make_tables(database_url)
    log = tmp_path / "portico.log"
    with (
        receiving() as received,
        traced(received) as exported,
        serving_tiny(database_url, notes, log_level="INFO", log_format="json", log_file=log) as client,
    ):
        assert client.post("/notes", json={"name": "canary", "size": 1}, headers=HEADERS).status_code == 200
        assert client.get("/notes/canary", headers=HEADERS).status_code == 200
        found = exported()
        requests = {each.name: each for each in found if each.kind == SERVER}
        assert set(requests) == {"POST /notes", "GET /notes/{name}"}
        assert {(each.trace_id.hex(), each.parent_span_id.hex()) for each in requests.values()} == {(TRACE, CALLER)}
        about = attributes(requests["GET /notes/{name}"])
        assert about.pop("portico.request_id")
        assert about == {
            "http.request.method": "GET", "http.route": "/notes/{name}", "http.response.status_code": 200,
            "portico.app": "tiny",
        }  # fmt: skip
        below = {
            name: [attributes(each)["db.query.text"] for each in found if each.parent_span_id == request.span_id]
            for name, request in requests.items()
        }
        # The first write of a process also lets SQLAlchemy get to know the server.
        assert [sql[:28] for sql in below["POST /notes"]][-3:] == ["INSERT INTO tiny.notes (id, "] * 2 + ["COMMIT"]
        assert below["GET /notes/{name}"] == ["SELECT id, name FROM tiny.notes WHERE name = %(name)s"]
        assert {each.trace_id.hex() for each in found} == {TRACE}
        assert b"canary" not in received.everything()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["trace_id"] for line in lines if line["event"] == "request"] == [TRACE, TRACE]


def test_errors_name_the_trace_and_spans_name_the_kind_of_error(database_url: str) -> None:
    make_tables(database_url)
    with (
        receiving() as received,
        traced(received) as exported,
        serving_tiny(database_url, notes, log_level="ERROR") as client,
    ):
        answer = client.get("/notes/nothing", headers={**HEADERS, "X-Request-ID": "mine"})
        assert (answer.json()["trace_id"], answer.headers["x-request-id"]) == (TRACE, "mine")
        own = client.get("/unknown", headers={"traceparent": "00-canary"}).json()["trace_id"]
        assert client.post("/notes", json={"name": "canary", "size": 100}).status_code == 409
        found = exported()
        assert own in {each.trace_id.hex() for each in found if each.name == "GET"}, "a trace of its own"
        assert len([each for each in found if each.kind == SERVER]) == 3
        (failed,) = [each for each in found if each.kind == CLIENT and each.status.code == Status.STATUS_CODE_ERROR]
        assert attributes(failed)["error.type"] == "23514"
        assert b"canary" not in received.everything()
    assert tracing.spans is None
    with serving_tiny(database_url, notes, log_level="ERROR") as client:
        answer = client.get("/notes/nothing", headers={**HEADERS, "X-Request-ID": "mine"})
        assert answer.json()["trace_id"] == "mine"


def test_a_trace_goes_on_where_its_traceparent_was_kept() -> None:
    assert traceparent() is None
    with receiving() as received, traced(received) as exported:
        with span("enqueue"):
            kept = traceparent()
        with span("job", parent=kept, job="notify"):
            pass
        found = {each.name: each for each in exported()}
    assert found["job"].parent_span_id == found["enqueue"].span_id
    assert found["job"].trace_id == found["enqueue"].trace_id


def test_a_server_sends_what_is_left_before_it_ends(store_url: str, tmp_path: Path) -> None:
    """Also FastAPI's own telemetry, told by the environment to configure itself, doubles nothing."""
    with receiving() as received:
        settings = {
            "DATABASE_URL": store_url, "OTEL_EXPORTER_OTLP_ENDPOINT": received.url, "OTEL_BSP_SCHEDULE_DELAY": "60000",
            "FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_SERVICE_NAME": "shop",
        }  # fmt: skip
        with served(portico_serve("store", "--no-worker"), folder=tmp_path, **settings) as server:
            for path in ("/api/products/1", "/docs", "/nowhere"):
                server.client.get(path, headers=HEADERS)
        ours = [each for each in received.spans() if each.trace_id.hex() == TRACE]
    assert sorted(each.name for each in ours if each.kind == SERVER) == [
        "GET",
        "GET /api/products/{product_id}",
        "GET /docs",
    ]
    assert [each for each in ours if each.kind == CLIENT]
    assert {each.name for each in ours if each.kind not in (SERVER, CLIENT)} == set()


@pytest.mark.alone
def test_a_collector_that_is_away_costs_a_client_nothing(tmp_path: Path) -> None:
    settings = {"DATABASE_URL": NOWHERE, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    command = [sys.executable, "-m", "uvicorn", "portico.main:app", "--port", "{port}"]
    with served(command, folder=tmp_path, ready="/health/live", PORTICO_APPS="store", **settings) as server:
        for _ in range(20):
            assert server.get("/health/live").elapsed.total_seconds() < 1


def test_nothing_is_imported_that_no_setting_asks_for() -> None:
    program = (
        "import sys, portico.main\n"
        "sys.exit(str(sorted({'opentelemetry.sdk', 'sentry_sdk', 'portico.kernel.spans'} & set(sys.modules))))"
    )
    settings = environment(DATABASE_URL=NOWHERE, SECRET_KEY=KEY)
    done = subprocess.run([sys.executable, "-c", program], env=settings, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]"


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    yield
    assert tracing.spans is None


def test_a_caller_who_wants_no_trace_recorded_is_obeyed() -> None:
    with receiving() as received, traced(received) as exported, serving_tiny(NOWHERE, notes) as client:
        answer: httpx.Response = client.get("/unknown", headers={"traceparent": f"00-{TRACE}-{CALLER}-00"})
        assert answer.json()["trace_id"] == TRACE
        assert exported() == []
