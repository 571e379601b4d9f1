"""Four workers and one Redis that hangs in the middle of their work: nobody waits for it, nobody is told what is old.

The same load runs once without Redis, for what this machine takes anyway.
"""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.commands import Serving, eventually, portico_serve, run, served
from tests.contract.shop import STAFF, log_in
from tests.races import Call, at_once, bearer, statuses
from tests.redis_server import RedisServer, redis_server
from tests.servers import KEY

LIMIT = 0.2  # seconds that a request may wait for Redis
PAGE = "/api/products/?limit=100"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


@contextmanager
def store(url: str, folder: Path, *, workers: int = 4, **settings: str) -> Iterator[Serving]:
    known = {"DATABASE_URL": url, "WEB_CONCURRENCY": str(workers), "DB_POOL_SIZE": "5", **settings}
    with served(portico_serve("store", "--workers", str(workers), "--no-worker"), folder=folder, **known) as serving:
        yield serving


@dataclass(frozen=True)
class Reading:
    """One read, and the number of the last write that had been answered before it."""

    began: float
    seconds: float
    status: int
    number: int
    at_least: int


class Load:
    """One client renames a product without end; others look at it, alone and in the list, over ever new connections."""

    def __init__(self, serving: Serving, *, readers: int = 5) -> None:
        self._port = serving.port
        self._headers = bearer(log_in(serving.client, *STAFF)["access"]) | {"Content-Type": "application/json"}
        body = {"title": "Lamp 0", "price": 10}
        made = serving.client.post("/api/products/", json=body, headers=self._headers)
        assert made.status_code == 201, made.text
        self._id = made.json()["id"]
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._write)]
        self._threads += [threading.Thread(target=self._read) for _ in range(readers)]
        self.written = 0
        self.refused: list[int] = []
        self.readings: list[Reading] = []
        self.writings: list[tuple[float, float]] = []

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def slowest(self, since: float, until: float) -> float:
        reads = [(each.began, each.seconds) for each in self.readings]
        return max(seconds for began, seconds in reads + self.writings if since <= began <= until)

    def check(self) -> None:
        """Nothing failed, and nobody was shown less than had been answered before."""
        assert not self.refused
        assert {each.status for each in self.readings} == {200}
        old = [each for each in self.readings if each.number < each.at_least]
        assert not old, (len(old), len(self.readings), old[:5])

    def _write(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            while not self._is_over.wait(0.02):
                body = json.dumps({"title": f"Lamp {self.written + 1}"})
                began = time.monotonic()
                connection.request("PATCH", f"/api/products/{self._id}/", body, self._headers)
                answer = connection.getresponse()
                answer.read()
                self.writings.append((began, time.monotonic() - began))
                if answer.status != 200:
                    self.refused.append(answer.status)
                self.written += 1

    def _read(self) -> None:
        while not self._is_over.is_set():
            with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
                for path in (f"/api/products/{self._id}/", PAGE) * 10:
                    self._look(connection, path)
                    time.sleep(0.005)

    def _look(self, connection: http.client.HTTPConnection, path: str) -> None:
        at_least, began = self.written, time.monotonic()
        connection.request("GET", path)
        answer = connection.getresponse()
        found = json.loads(answer.read())
        seconds = time.monotonic() - began
        self.readings.append(Reading(began, seconds, answer.status, self._number(found), at_least))

    def _number(self, found: Any) -> int:
        products = [found] if "id" in found else found.get("results", [])
        return max((int(one["title"].split()[1]) for one in products if one["id"] == self._id), default=-1)


def test_redis_hangs_in_the_middle_of_the_work(store_url: str, tmp_path: Path, redis: RedisServer) -> None:
    with store(store_url, tmp_path) as serving, Load(serving) as load:
        began = time.monotonic()
        time.sleep(4)
        usual = load.slowest(began, time.monotonic())
    load.check()
    limit = {"STORE_RATE_LIMIT": "10000000/60"}
    with store(store_url, tmp_path, REDIS_URL=redis.url, **limit) as serving, Load(serving) as load:
        time.sleep(2)
        assert redis.calls("mget") > 100, "Redis is not used"
        # The machine may stop for a moment by itself, but not three times: a wait for Redis would be in each.
        slowest = min(hang(load, redis) for _ in range(3))
        time.sleep(2)
    load.check()
    assert slowest < LIMIT + usual, (slowest, usual)


def hang(load: Load, redis: RedisServer) -> float:
    """The slowest answer while Redis hung, in seconds; Redis is used again afterwards."""
    with redis.hung():
        hung = time.monotonic()
        time.sleep(2)
    back = time.monotonic()
    before = redis.calls("mget")
    eventually(lambda: redis.calls("mget") > before + 100, within=20)
    return load.slowest(hung - 0.1, back)


@pytest.mark.heavy
def test_redis_dies_and_comes_back_empty(store_url: str, tmp_path: Path, redis: RedisServer) -> None:
    limit = {"STORE_RATE_LIMIT": "10000000/60"}
    with store(store_url, tmp_path, REDIS_URL=redis.url, **limit) as serving, Load(serving) as load:
        time.sleep(1)
        for _ in range(3):
            redis.kill()
            time.sleep(1)
            redis.start()
            eventually(lambda: redis.calls("mget") > 100, within=10)
            time.sleep(0.5)
    load.check()


@pytest.mark.heavy
def test_two_workers_without_redis_see_what_either_has_written(store_url: str, tmp_path: Path) -> None:
    with store(store_url, tmp_path, workers=2) as serving, Load(serving) as load:
        time.sleep(3)
    load.check()
    assert load.written > 10


@pytest.mark.heavy
def test_what_a_command_writes_is_seen_at_once(store_url: str, tmp_path: Path, redis: RedisServer) -> None:
    with store(store_url, tmp_path, workers=2, REDIS_URL=redis.url) as serving:
        token = log_in(serving.client, *STAFF)["access"]
        body = {"title": "Lamp", "price": 10}
        made = serving.client.post("/api/products/", json=body, headers=bearer(token)).json()
        address = f"/api/products/{made['id']}/"
        assert [serving.get(path).status_code for path in (PAGE, address) * 2] == [200] * 4
        assert serving.get(PAGE).json()["count"] == 21
        known = {"DATABASE_URL": store_url, "REDIS_URL": redis.url, "SECRET_KEY": KEY, "ENVIRONMENT": "testing"}
        seeded = run("seed", "store", "--flush", folder=tmp_path, **known)
        assert seeded.returncode == 0, seeded.stderr
        assert serving.get(PAGE).json()["count"] == 20
        assert serving.get(address).status_code == 404


@pytest.mark.long
def test_4_workers_take_100_in_60_seconds_at_five_times_the_load(
    store_url: str, tmp_path: Path, redis: RedisServer
) -> None:
    windows, rounds = 2, 20
    settings = {"REDIS_URL": redis.url, "STORE_RATE_LIMIT": "100/60"}
    answers: list[tuple[float, httpx.Response]] = []
    with store(store_url, tmp_path, **settings) as serving:
        began = time.monotonic()
        for number in range(windows * rounds):  # 25 at once every 3 seconds
            time.sleep(max(0, began + number * 60 / rounds - time.monotonic()))
            sent = time.monotonic()
            answers += [(sent, each) for each in at_once(serving.client, [Call("GET", "/api/products/1")] * 25)]
    assert set(statuses(answer for _, answer in answers)) == {200, 429}
    taken = [sent for sent, answer in answers if answer.status_code == 200]
    assert abs(len(taken) - 100 * windows) <= 0.02 * 100 * windows, len(taken)
    assert all(later - earlier > 60 - 1 for earlier, later in zip(taken, taken[100:], strict=False))
