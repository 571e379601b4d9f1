"""Clients that read and write without end, and remember every answer, every cut and every acknowledged write."""

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.commands import eventually
from tests.faults.running import CUSTOMER, Portico

READS = ("/api/products/1/", "/api/products/?limit=5", "/api/categories/", "/api/carts/1/")
PAUSE = 0.005  # seconds between two requests of a client: the clients share the cores with the server
PATIENCE = 20.0  # seconds; what takes longer counts as cut
PROOF = 40  # answers in a row without a fault: it is over


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    body: dict[str, Any] | None = None
    key: str = ""
    """The Idempotency-Key, and the title of the product that the call makes."""


@dataclass(frozen=True)
class Answer:
    call: Call
    began: float
    ended: float
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Cut:
    """A connection that was accepted and ended without a complete answer."""

    call: Call
    began: float
    error: Exception


@dataclass
class Load:
    """What the clients have seen. Their lists only grow, so they can be read while the clients run."""

    port: int
    token: str
    keep_alive: bool
    answers: list[Answer] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)
    """When the port was closed."""
    stop: threading.Event = field(default_factory=threading.Event)

    def client(self, calls: Iterator[Call]) -> None:
        """The work of one thread."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        for call in calls:
            if self.stop.wait(PAUSE):
                break
            began = time.monotonic()
            try:
                if connection.sock is None:
                    connection.connect()
            except ConnectionRefusedError:
                self.refusals.append(time.monotonic())
                self.stop.wait(0.05)
                continue
            try:
                self.answers.append(self.send(connection, call))
            except (OSError, http.client.HTTPException) as error:
                self.cuts.append(Cut(call, began, error))
                connection.close()
            if not self.keep_alive:
                connection.close()
        connection.close()

    def send(self, connection: http.client.HTTPConnection, call: Call) -> Answer:
        headers = {"Content-Type": "application/json"} if call.body else {}
        if call.key:
            headers |= {"Idempotency-Key": call.key, "Authorization": f"Bearer {self.token}"}
        began = time.monotonic()
        connection.request(call.method, call.path, json.dumps(call.body) if call.body else None, headers)
        got = connection.getresponse()
        body = got.read()
        named = {name.lower(): value for name, value in got.getheaders()}
        return Answer(call, began, time.monotonic(), got.status, named, body)

    def statuses(self) -> set[int]:
        return {answer.status for answer in self.answers}

    def wait_for_answers(self, count: int = PROOF) -> None:
        wanted = len(self.answers) + count
        eventually(lambda: len(self.answers) >= wanted, within=PATIENCE)

    def wait_until_well(self, since: float, *, within: float) -> float:
        """Wait until reads and writes have worked for a while; answers how long they did not, after the moment."""

        def is_well() -> bool:
            last = self.answers[-PROOF:]
            return (
                all(one.began > since and one.status < 300 for one in last) and len({one.call.key for one in last}) > 1
            )

        eventually(is_well, within=within)
        bad = [one.ended for one in self.answers if one.ended > since and one.status >= 300]
        return max(bad, default=since) - since


@contextmanager
def under_load(portico: Portico, *, clients: int = 4, keep_alive: bool = True, logins: int = 0) -> Iterator[Load]:
    """Load on a server until the block ends: half of the clients read, half write, some more log in."""
    load = Load(portico.port, portico.sign_in(), keep_alive)
    work = [source for first in range(clients) for source in (reads(first), writes())]
    work += [log_ins() for _ in range(logins)]
    threads = [threading.Thread(target=load.client, args=(calls,), daemon=True) for calls in work]
    for thread in threads:
        thread.start()
    try:
        load.wait_for_answers()
        yield load
    finally:
        load.stop.set()
        for thread in threads:
            thread.join()


def reads(first: int) -> Iterator[Call]:
    for turn in itertools.count(first):
        yield Call("GET", READS[turn % len(READS)])


def writes() -> Iterator[Call]:
    while True:
        title = f"Written under load {uuid4().hex}"
        yield Call("POST", "/api/products/", {"title": title, "price": 1.5}, key=title)


def log_ins() -> Iterator[Call]:
    while True:
        yield Call("POST", "/api/auth/login/", CUSTOMER)


def assert_nothing_is_lost(load: Load, portico: Portico) -> None:
    """What was acknowledged is there, once."""
    there = Counter(portico.titles())
    acknowledged = {one.call.key for one in load.answers if one.call.key and one.status == 201}
    assert acknowledged, "nothing was written"
    assert {there[title] for title in acknowledged} == {1}


def assert_refused_writes_can_be_sent_again(load: Load, portico: Portico) -> None:
    """Under its key, a write that was answered 503 has its effect once, whatever had become of it."""
    refused = [one.call for one in load.answers if one.call.key and one.status == 503]
    connection = http.client.HTTPConnection("127.0.0.1", portico.port, timeout=PATIENCE)
    again = [load.send(connection, call).status for call in refused]
    connection.close()
    assert again == [201] * len(refused)
    there = Counter(portico.titles())
    assert all(there[call.key] == 1 for call in refused)


def assert_only_503_in_between(load: Load) -> None:
    """Nobody saw anything but success and "try again in a moment", in the store's envelope."""
    assert load.cuts == []
    assert load.refusals == []
    assert load.statuses() <= {200, 201, 503}
    for answer in load.answers:
        if answer.status == 503:
            assert answer.headers["retry-after"] == "1"
            assert json.loads(answer.body)["error"]["code"] == "UNAVAILABLE"
