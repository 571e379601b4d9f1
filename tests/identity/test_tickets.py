"""Tickets: good for one connection within 30 seconds, as long as the session lives."""

import dataclasses
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from portico import registry
from portico.identity.public import stream_router, ticket_router
from portico.kernel.app import build
from portico.kernel.database import Database
from portico.kernel.runtime import Runtime
from tests.clocks import MovableClock
from tests.races import bearer, log_in
from tests.servers import serving, settings_of

OWNER = "mor_2314", "83r5^_"


@pytest.fixture
def shop(store_url: str, clock: MovableClock) -> Iterator[httpx.Client]:
    """The store with a stream of its own events, which its staff may see."""
    store = registry.load("store")
    routers = [*store.routers, ticket_router(), stream_router(sees=lambda caller, event: "admin" in caller.roles)]
    app = dataclasses.replace(store, routers=routers)
    runtime = Runtime(settings=settings_of(store_url), database=Database(store_url), clock=clock)
    with serving(build(app, runtime)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def ticket(client: httpx.Client, tokens: dict[str, Any]) -> str:
    answer = client.post("/auth/ticket", headers=bearer(tokens["access"]))
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["expires_in"] == 30
    found: str = answer.json()["ticket"]
    return found


def opens(client: httpx.Client, **params: str) -> int:
    """The status of a stream, which is left as soon as it says that it is ready."""
    with client.stream("GET", "/events", params=params) as answer:
        if answer.status_code == 200:
            assert "event: ready" in list(_until(answer, "event: "))
        return answer.status_code


def _until(answer: httpx.Response, start: str) -> Iterator[str]:
    for line in answer.iter_lines():
        yield line
        if line.startswith(start):
            return


def test_a_ticket_is_good_once(shop: httpx.Client, store_url: str) -> None:
    tokens = log_in(shop, *OWNER)
    one = ticket(shop, tokens)
    assert (opens(shop, ticket=one), opens(shop, ticket=one)) == (200, 401)
    raced = ticket(shop, tokens)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: opens(shop, ticket=raced), range(8)))
    assert sorted(statuses) == [200] + [401] * 7
    kept = ticket(shop, tokens)
    with psycopg.connect(store_url) as owner:
        stored = owner.execute("SELECT encode(digest, 'escape') FROM portico.tickets").fetchall()
    assert len(stored) == 1
    assert kept not in stored[0][0]


def test_a_ticket_lasts_30_seconds_and_no_longer_than_its_session(shop: httpx.Client, clock: MovableClock) -> None:
    tokens = log_in(shop, *OWNER)
    early, late = ticket(shop, tokens), ticket(shop, tokens)
    clock.move(seconds=29)
    assert opens(shop, ticket=early) == 200
    clock.move(seconds=1)
    assert opens(shop, ticket=late) == 401
    of_another = ticket(shop, tokens)
    assert shop.post("/api/auth/logout-all", headers=bearer(tokens["access"])).status_code < 300
    assert opens(shop, ticket=of_another) == 401
    assert (opens(shop, ticket="nonsense"), opens(shop)) == (401, 401)


@pytest.mark.alone
def test_logging_out_ends_the_streams_of_the_session(shop: httpx.Client) -> None:
    tokens = log_in(shop, *OWNER)
    with shop.stream("GET", "/events", params={"ticket": ticket(shop, tokens)}) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("retry")
        with httpx.Client(base_url=shop.base_url) as elsewhere:
            elsewhere.post("/api/auth/logout-all", headers=bearer(tokens["access"]))
        began = time.monotonic()
        assert not any(line.startswith("event: note") for line in lines)
        assert time.monotonic() - began < 1.5
