"""Redis hung, killed and started again below a server: every answer stays right, and none waits for it."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from portico.kernel.redis import LIMIT, SETTLING, Redis
from tests.commands import eventually
from tests.contract.shop import Shop, open_shop
from tests.redis_server import RedisServer, redis_server

LIST = "/api/products/?limit=20"
WAIT = 0.2  # seconds a request may wait for Redis in all
TRIES = range(3)  # the machine may stop for a moment by itself, but not three times; a wait for Redis would be in each


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def shop(server: RedisServer, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("STORE_RATE_LIMIT", "1000000/60")
    with open_shop(store_url, "sandbox", redis_url=server.url, web_concurrency=4) as shop:
        yield shop


def state(shop: Shop) -> str:
    answer = shop.nobody.get("/health/ready")
    assert answer.status_code == 200
    found: str = answer.json()["checks"]["redis"]["status"]
    return found


def hits(shop: Shop) -> int:
    found = re.search(r'cache_reads_total\{namespace="store.pages",outcome="hit"\} (\d+)', metrics(shop))
    return int(found[1]) if found else 0


def metrics(shop: Shop) -> str:
    return shop.nobody.get("/metrics").text


def used_again(shop: Shop) -> None:
    eventually(lambda: state(shop) == "ok", within=20)
    before = hits(shop)
    eventually(lambda: hits(shop) > before, within=20)


class Readers:
    """Clients that read the list all the time, and say how long that took."""

    def __init__(self, shop: Shop, number: int = 4) -> None:
        self._shop = shop
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(number)]
        self.seconds: list[float] = []
        self.wrong: list[httpx.Response] = []
        self.expected = shop.nobody.get(LIST).content

    def _read(self) -> None:
        with httpx.Client(base_url=self._shop.nobody.base_url, timeout=30) as client:
            while not self._is_over.is_set():
                began = time.monotonic()
                answer = client.get(LIST)
                self.seconds.append(time.monotonic() - began)
                if answer.status_code != 200 or answer.content != self.expected:
                    self.wrong.append(answer)

    def slowest(self, during: Callable[[], None]) -> float:
        self.seconds.clear()
        during()
        return max(self.seconds)

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.alone
def test_a_hung_redis_holds_nobody_up(shop: Shop, server: RedisServer) -> None:
    def hang() -> None:
        with server.hung():
            time.sleep(1)
            assert state(shop) == "fail"
        used_again(shop)

    with Readers(shop) as readers:
        usual = readers.slowest(lambda: time.sleep(1))
        slowest = min(readers.slowest(hang) for _ in TRIES)
    assert not readers.wrong
    assert slowest < WAIT + usual, (slowest, usual)


@pytest.mark.alone
def test_a_killed_redis_is_used_again_once_it_is_back(shop: Shop, server: RedisServer) -> None:
    def die() -> None:
        server.kill()
        time.sleep(1)
        assert state(shop) == "fail"
        server.start()
        used_again(shop)

    with Readers(shop) as readers:
        usual = readers.slowest(lambda: time.sleep(1))
        slowest = min(readers.slowest(die) for _ in TRIES)
    assert not readers.wrong
    assert slowest < WAIT + usual, (slowest, usual)


def test_what_is_written_is_read_whatever_redis_does(shop: Shop, server: RedisServer) -> None:
    """A product that is added, renamed or rated stands in the next list so."""
    product = shop.product(title="Lamp 0")
    path, address = f"/api/products/?cursor={''}&limit=100", f"/api/products/{product['id']}/"

    def title() -> str:
        rows = shop.nobody.get(path).json()["results"]
        found: str = next(row["title"] for row in rows if row["id"] == product["id"])
        return found

    def rename(number: int) -> None:
        assert title() == title()
        assert shop.staff.patch(address, json={"title": f"Lamp {number}"}).status_code == 200
        assert title() == f"Lamp {number}"

    rename(1)
    with server.hung():
        rename(2)
    assert title() == "Lamp 2"
    eventually(lambda: state(shop) == "ok", within=20)
    assert title() == "Lamp 2"
    server.kill()
    rename(3)
    server.start()
    eventually(lambda: state(shop) == "ok", within=20)
    rename(4)
    assert shop.owner.post(f"{address}rating/", json={"value": 5}).status_code == 201
    assert next(row for row in shop.nobody.get(path).json()["results"] if row["id"] == product["id"])["rating"] == {
        "rate": 5.0, "count": 1,
    }  # fmt: skip


@pytest.mark.alone
async def test_only_the_first_calls_wait_and_later_ones_cost_nothing(server: RedisServer) -> None:
    redis = Redis(server.url, prefix="test")
    await redis.open()
    assert await asyncio.gather(*(redis.ping() for _ in range(200))) == [True] * 200
    first, later = [], []
    for _ in TRIES:
        with server.hung():
            began = time.monotonic()
            assert await asyncio.gather(*(redis.ping() for _ in range(200))) == [False] * 200
            first.append(time.monotonic() - began)
            began = time.monotonic()
            assert not any([await redis.ping() for _ in range(1000)])
            later.append(time.monotonic() - began)
        await asyncio.sleep(SETTLING + 0.6)
        assert await redis.ping()
    await redis.close()
    assert min(first) < LIMIT + 0.1
    assert min(later) < LIMIT
