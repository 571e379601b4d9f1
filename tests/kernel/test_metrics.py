import os
import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from portico.kernel import event_log, outbox
from portico.kernel.database import Database
from portico.kernel.event_log import Actor
from portico.kernel.jobs import enqueue
from portico.kernel.routes import router
from portico.kernel.settings import SettingsError
from portico.kernel.transaction import Transaction
from tests.commands import eventually, portico_serve, served
from tests.kernel.job_worker import in_transaction
from tests.kernel.tiny import serving_tiny
from tests.servers import settings_of

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
TOKEN = {"Authorization": "Bearer let me see"}
things = router(prefix="/things")


@things.get("/{name}", response_model=str, summary="A thing")
async def thing(name: str) -> Any:
    return name


def samples(client: httpx.Client, name: str, **headers: str) -> dict[tuple[tuple[str, str], ...], float]:
    """From labels to value, of one metric."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found = [one for family in text_string_to_metric_families(answer.text) for one in family.samples]
    return {tuple(sorted(one.labels.items())): one.value for one in found if one.name == name}


def requests(client: httpx.Client) -> dict[tuple[str, str, str, str], float]:
    """How many requests, by app, method, route and status."""
    return {
        (of["app"], of["method"], of["route"], of["status"]): value
        for labels, value in samples(client, "http_requests_total").items()
        for of in [dict(labels)]
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"environment": "development"}, False),
        ({"environment": "development", "metrics_enabled": True}, True),
        ({"environment": "testing"}, True),
        ({"environment": "testing", "metrics_enabled": False}, False),
        ({"environment": "production"}, False),
        ({"environment": "production", "metrics_token": "let me see"}, True),
        ({"environment": "production", "metrics_token": "let me see", "metrics_enabled": False}, False),
    ],
)
def test_metrics_are_on_where_nobody_else_can_read_them(options: dict[str, Any], expected: bool) -> None:
    settings = settings_of(NOWHERE, **{"secret_key": "0123456789abcdef" * 4, **options})
    settings.require_fitness()
    assert settings.has_metrics is expected


def test_production_does_not_start_with_open_metrics() -> None:
    settings = settings_of(NOWHERE, environment="production", secret_key="0123456789abcdef" * 4, metrics_enabled=True)
    with pytest.raises(SettingsError, match="METRICS_TOKEN"):
        settings.require_fitness()


def test_requests_are_counted_by_the_template_of_their_route() -> None:
    with serving_tiny(NOWHERE, things) as client:
        before = requests(client)
        for name in ("one", "two", "three"):
            client.get(f"/things/{name}/")
        client.post("/things/one")
        client.get("/nobody/knows")
        client.request("BREW", "/things/one")
        after = requests(client)
    counted = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key)}
    assert counted[("tiny", "GET", "/things/{name}", "200")] == 3
    assert counted[("tiny", "POST", "/things/{name}", "405")] == 1
    assert counted[("tiny", "GET", "unmatched", "404")] == 1
    assert not [key for key in counted if "one" in str(key) or "BREW" in str(key) or "nobody" in str(key)]


def test_who_has_no_token_sees_nothing() -> None:
    with serving_tiny(NOWHERE, things, metrics_token="let me see") as client:
        for headers in ({}, {"Authorization": "Bearer let me"}, {"Authorization": "let me see"}):
            answer = client.get("/metrics", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
            assert answer.headers["www-authenticate"] == "Bearer"
        assert client.get("/metrics", headers=TOKEN).status_code == 200
    with serving_tiny(NOWHERE, things, metrics_enabled=False) as client:
        assert client.get("/metrics").status_code == 404


async def test_the_pool_is_counted(database_url: str) -> None:
    database = Database(database_url, pool_size=3)
    assert database.counts() == {"size": 0, "in_use": 0, "parked": 0, "waiting": 0}
    await database.open()
    try:
        held = [await database.acquire() for _ in range(3)]
        assert database.counts() == {"size": 3, "in_use": 3, "parked": 0, "waiting": 0}
        await database.release(held.pop())
        assert database.counts() == {"size": 3, "in_use": 2, "parked": 1, "waiting": 0}
        for connection in held:
            await database.release(connection)
    finally:
        await database.close()


def test_the_sum_over_two_workers_is_exact(new_database: Callable[..., str], tmp_path: Path) -> None:
    """Also when one of them is killed: what it counted stays, what it measured goes."""
    count, route = 400, ("portico", "GET", "/health/live", "200")
    settings = {"DATABASE_URL": new_database("store"), "TMPDIR": str(tmp_path), "LOG_LEVEL": "ERROR"}
    with served(portico_serve("--workers", "2", "--no-worker"), folder=tmp_path, **settings) as server:

        def ask(_: int) -> int:  # a connection each, so that both workers take some
            connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
            with closing(connection):
                connection.request("GET", "/health/live")
                return connection.getresponse().status

        def workers() -> set[str]:
            try:
                return {dict(labels)["pid"] for labels in samples(server.client, "worker_resident_memory_bytes")}
            except httpx.TransportError:  # the connection was to the one that was killed
                return set()

        eventually(lambda: len(workers()) == 2, within=20)
        before = requests(server.client).get(route, 0)
        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(ask, range(count))) == {200}
        assert requests(server.client)[route] - before == count
        assert (
            samples(server.client, "database_pool_connections")[
                ("database", "primary"), ("process", "server"), ("state", "size")
            ]
            >= 2
        )
        (folder,) = tmp_path.glob("portico-metrics-*")
        counting = [file.read_bytes() for file in folder.glob("counter_*.db")]
        assert sum(b"/health/live" in numbers for numbers in counting) == 2, "one worker did everything"
        victim = min(workers())
        os.kill(int(victim), signal.SIGKILL)
        eventually(lambda: victim not in (found := workers()) and len(found) == 2, within=30)
        assert requests(server.client)[route] - before == count
    assert not list(tmp_path.glob("portico-metrics-*"))


def test_what_waits_in_the_database_is_shown(database_url: str) -> None:
    """Jobs by status, the lag of who follows the outbox, and events without a seal."""

    async def leave_work(write: Transaction) -> None:
        await enqueue(write, "tiny.note", number=1)
        await enqueue(write, "tiny.note", number=2, run_at=datetime.now(UTC) + timedelta(hours=1))
        await outbox.add(write, app="tiny", topic="thing.changed", key="1", payload={})
        await event_log.add(write, app="tiny", actor=Actor(), action="x", object="y")
        sql = "INSERT INTO portico.outbox_cursors (app, follower, xid, id) VALUES ('tiny', 'webhooks', '0', 0)"
        await (await write.connection()).execute(sql)

    in_transaction(database_url, leave_work)
    with serving_tiny(database_url, things) as client:
        assert samples(client, "jobs_in_queue") == {
            (("queue", "tiny.default"), ("status", "todo")): 1, (("queue", "tiny.default"), ("status", "later")): 1,
        }  # fmt: skip
        assert samples(client, "event_log_unsealed") == {(("app", "tiny"),): 1}
        (lag,) = samples(client, "outbox_lag_seconds").values()
        assert 0 < lag < 60


def test_labels_hold_nothing_that_a_visitor_types() -> None:
    with serving_tiny(NOWHERE, things) as client:
        client.get("/things/canary", headers={"X-Request-ID": "canary", "Authorization": "Bearer canary"})
        client.get("/canary?q=canary")
        assert not re.search("canary", client.get("/metrics").text)
