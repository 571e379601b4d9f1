"""Canaries in every place where a secret can stand, in requests and in errors; none of them sings in the log."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from tests.commands import Serving, eventually, portico_serve, served
from tests.whole.canaries import break_store, plant_in_store

KNOWN_FIELDS = {"time", "level", "event", "app", "method", "route", "status", "ms", "request_id", "user"}


@pytest.fixture(params=["json", "console"])
def shop(request: pytest.FixtureRequest, store_url: str, tmp_path: Path) -> Iterator[Serving]:
    """The store, with a password in its DSN; the database of a test lets everybody in without one."""
    dsn = make_url(store_url).set(password="canary-dsn").render_as_string(hide_password=False)
    own = {"STORE_MODE": "sandbox", "SECRET_KEY": "canary-key-of-0ther-le77ers-and-length", "DATABASE_URL": dsn}
    with served(portico_serve("store"), folder=tmp_path, LOG_FORMAT=request.param, **own) as serving:
        yield serving


def test_no_secret_is_in_the_log(shop: Serving, store_url: str) -> None:
    given = plant_in_store(shop.client)
    break_store(shop.client, store_url)
    eventually(lambda: shop.lines().count("unhandled error") >= 2, within=10)
    log = shop.lines()
    assert "/api/auth/login" in log, "nothing was logged at all"
    hashes = ("$2b$", "pbkdf2")
    for secret in ("canary", *given, *(part for token in given for part in token.split(".")[1:]), *hashes):
        lines = [line for line in log.splitlines() if secret in line]
        assert not lines, f"{secret} is in: {lines[0][:2000]}"


def test_a_request_is_one_line(store_url: str, tmp_path: Path) -> None:
    with served(portico_serve("store"), folder=tmp_path, DATABASE_URL=store_url, STORE_MODE="sandbox") as shop:
        tokens = shop.client.post("/api/auth/login", json={"username": "mor_2314", "password": "83r5^_"}).json()
        asked = [
            ("GET", "/api/products/1/", {}, 200, "/api/products/{product_id}", None),
            ("GET", "/api/v1/products", {}, 200, "/api/products", None),
            ("GET", "/api/products/99999", {}, 404, "/api/products/{product_id}", None),
            ("GET", "/nowhere", {}, 404, None, None),
            ("DELETE", "/api/auth/login", {}, 405, "/api/auth/login", None),
            ("GET", "/api/auth/me", {"Authorization": f"Bearer {tokens['access']}"}, 200, "/api/auth/me", 2),
            ("GET", "/health/live", {}, 200, None, None),
        ]
        ids = {}
        for number, (method, path, headers, status, _, _) in enumerate(asked):
            answer = shop.client.request(method, path, headers={**headers, "X-Request-ID": f"asked-{number}"})
            assert answer.status_code == status, path
            ids[f"asked-{number}"] = float(answer.headers["x-process-time"])
        events = eventually(lambda: of_requests(shop, len(asked) - 1), within=10)
    for number, (method, _, _, status, route, user) in enumerate(asked[:-1]):
        (event,) = [event for event in events if event["request_id"] == f"asked-{number}"]
        assert set(event) == KNOWN_FIELDS
        shown = {name: event[name] for name in ("level", "event", "app", "method", "status", "route", "user")}
        assert shown == {
            "level": "info", "event": "request", "app": "store", "method": method, "status": status, "route": route,
            "user": user,
        }  # fmt: skip
        assert event["ms"] >= ids[f"asked-{number}"] - 0.01
    assert not [event for event in events if event["request_id"] == f"asked-{len(asked) - 1}"], "probes are quiet"


def of_requests(shop: Serving, count: int) -> list[dict[str, Any]]:
    """The lines of the numbered requests once all are there. Every line of the whole log is JSON."""
    lines = [line for line in shop.lines().splitlines() if not line.startswith("Portico is on ")]
    events = [event for event in map(json.loads, lines) if str(event.get("request_id", "")).startswith("asked-")]
    return events if len(events) >= count else []
