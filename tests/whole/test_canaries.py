"""Secrets are planted everywhere in a running server; then everything that it wrote or sent is searched for them."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy.engine import make_url

from portico.kernel.migrations import upgrade
from tests.commands import Serving, eventually, portico_serve, served
from tests.databases import Databases
from tests.receivers import Received, receiving
from tests.redis_server import redis_server
from tests.servers import seed
from tests.whole import canaries
from tests.whole.canaries import CANARIES, SETTINGS

KEPT = {
    "$2b$": ("store.users", "items.users"),  # hashes, where they belong
    "canary": ("portico.webhook_endpoints",),  # an address that a user gave us to call
}
"""What may be stored, and where."""


@dataclass
class Planted:
    """The secrets that the server gave, and the places where they may not be, by name."""

    given: list[str]
    places: dict[str, str]
    url: str

    def secrets(self) -> Iterator[str]:
        """Of a token also its parts: its content, and its signature."""
        for secret in {*CANARIES, *self.given}:
            yield secret
            yield from (part for part in secret.split(".")[1:] if len(part) > 20)


@pytest.fixture(scope="module")
def planted(databases: Databases, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    folder = tmp_path_factory.mktemp("canaries")
    url = databases.clone("store", _seeded, worker=worker_id)
    seed("items", url)
    dsn = make_url(url).set(password="canary-dsn").render_as_string(hide_password=False)
    with receiving() as collector, receiving() as reports, receiving() as customer, redis_server(folder) as redis:
        settings = {
            **SETTINGS, "DATABASE_URL": dsn, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "SENTRY_DSN": reports.dsn,
            "REDIS_URL": redis.url.replace("redis://", "redis://:canary-redis@"), "WEBHOOK_ALLOW_PRIVATE": "true",
            "LOG_LEVEL": "DEBUG",
        }  # fmt: skip
        with served(portico_serve(), folder=folder, **settings) as serving:
            given = _act(serving, url, customer)
            eventually(lambda: customer.bodies and "job failed" in serving.lines(), within=60)
            numbers = serving.client.get("/metrics", headers={"Authorization": "Bearer canary-metrics-token"})
        yield Planted(
            given,
            {
                "log": serving.lines(),
                "spans": _read(collector),
                "error reports": _read(reports),
                "metrics": numbers.text,
            },
            url,
        )
    databases.drop(url)


def _seeded(url: str) -> None:
    upgrade(url)
    seed("store", url)


def _act(serving: Serving, url: str, customer: Received) -> list[str]:
    given: list[str] = []
    for app, plant, ruin in (
        ("store", canaries.plant_in_store, canaries.break_store),
        ("items", lambda client: canaries.plant_in_items(client, customer), canaries.break_items),
    ):
        with httpx.Client(base_url=f"http://127.0.0.1:{serving.port}/{app}", timeout=30) as client:
            given += plant(client)
            ruin(client, url)
    return given


def _read(received: Received) -> str:
    return received.everything().decode("utf-8", "replace")


@pytest.mark.parametrize("place", ["log", "spans", "error reports", "metrics"])
def test_no_secret_is_told(place: str, planted: Planted) -> None:
    text = planted.places[place]
    proof = {
        "log": "/api/v1/auth/login", "spans": "INSERT INTO portico.event_log", "error reports": "UndefinedColumn",
        "metrics": "http_requests_total",
    }  # fmt: skip
    assert proof[place] in text, "nothing was written at all"
    for secret in planted.secrets():
        at = text.find(secret)
        assert at < 0, f"{secret} is in: {text[max(0, at - 500) : at + 200]}"


def test_no_secret_is_stored(planted: Planted) -> None:
    """Idempotency records, jobs, the outbox, the event log and everything else, in whatever column."""
    found = list(canaries.everything_stored(planted.url))
    filled = {table for table, _ in found}
    assert {
        "portico.idempotency_keys", "portico.jobs", "portico_queue.procrastinate_jobs", "portico.outbox",
        "portico.event_log", "portico.webhook_deliveries", "portico.login_failures", "portico.notifications",
        "items.sessions", "items.api_keys", "store.sessions",
    } <= filled, "nothing was stored that could hold one"  # fmt: skip
    assert any(table == "portico.idempotency_keys" and "kanari" in text for table, text in found), "bytes are read, too"
    for secret in planted.secrets():
        for table, text in found:
            if table not in KEPT.get(secret, ()):
                assert secret not in text, f"{secret} is in {table}: {text}"
