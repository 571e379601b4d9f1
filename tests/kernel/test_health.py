import logging
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from portico.kernel.routes import router
from portico.kernel.runtime import installed_version
from tests.commands import eventually
from tests.kernel.tiny import serving_tiny

NOTHING = router()


@pytest.fixture
def client(database_url: str) -> Iterator[httpx.Client]:
    with serving_tiny(database_url, NOTHING, log_level="ERROR") as client:
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # what it says of an outage is not at stake
        yield client


def body(client: httpx.Client, path: str, status: int) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def switch(url: str, *, on: bool) -> None:
    """Make a database refuse everybody, or let them in again."""
    parsed = make_url(url)
    server = parsed.set(database="postgres").render_as_string(hide_password=False)
    name = parsed.database or ""
    with psycopg.connect(server, autocommit=True) as owner:
        word = "true" if on else "false"
        owner.execute(sql.SQL(f"ALTER DATABASE {{}} WITH ALLOW_CONNECTIONS {word}").format(sql.Identifier(name)))
        if not on:
            owner.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])


def test_alive_is_whoever_answers(client: httpx.Client) -> None:
    assert body(client, "/health/live", 200) == {"status": "alive"}


def test_ready_is_who_has_a_database(client: httpx.Client) -> None:
    found = body(client, "/health/ready", 200)
    latency = found["checks"]["database"].pop("latency_ms")
    assert found == {"status": "ok", "checks": {"database": {"status": "ok"}, "redis": {"status": "skipped"}}}
    assert 0 < latency < 5000


def test_the_summary_says_what_runs_where(client: httpx.Client) -> None:
    found = body(client, "/health", 200)
    when = datetime.fromisoformat(found.pop("timestamp"))
    assert abs(when.timestamp() - time.time()) < 60
    assert found == {
        "status": "healthy", "version": installed_version(), "environment": "testing", "service": "tiny",
        "database": "ok", "redis": "skipped",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_probes_may_ask_as_they_like(client: httpx.Client, path: str) -> None:
    assert client.get(path + "/").status_code == 200
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert client.post(path).status_code == 405


def test_without_a_database_it_is_alive_and_not_ready(client: httpx.Client, database_url: str) -> None:
    body(client, "/health/ready", 200)
    switch(database_url, on=False)
    try:
        assert body(client, "/health/live", 200) == {"status": "alive"}
        found = body(client, "/health/ready", 503)
        assert found["status"] == "degraded"
        assert found["checks"]["database"] == {"status": "fail", "error": "could not connect"}
        summary = body(client, "/health", 503)
        assert (summary["status"], summary["database"]) == ("degraded", "fail")
    finally:
        switch(database_url, on=True)
    eventually(lambda: client.get("/health/ready").status_code == 200, within=15)
    assert body(client, "/health", 200)["status"] == "healthy"


def test_a_server_starts_without_its_database_and_is_ready_once_it_is_there(database_url: str) -> None:
    switch(database_url, on=False)
    with serving_tiny(database_url, NOTHING, log_level="ERROR") as client:
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
        assert client.get("/health/live").status_code == 200
        body(client, "/health/ready", 503)
        switch(database_url, on=True)
        eventually(lambda: client.get("/health/ready").status_code == 200, within=15)
