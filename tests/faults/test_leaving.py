"""A server that is told to end: whoever is connected is answered, and whoever comes later is refused."""

import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.commands import eventually
from tests.faults import load as clients
from tests.faults.load import Load, assert_nothing_is_lost, under_load
from tests.faults.running import CUSTOMER, Portico

WAYS = {
    "SIGTERM, connections kept": (signal.SIGTERM, False, True),
    "SIGTERM, connections made anew": (signal.SIGTERM, False, False),
    "Ctrl-C, which reaches the workers too": (signal.SIGINT, True, False),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_request_is_lost(new_portico: Callable[..., Portico], way: str) -> None:
    number, whole_group, keep_alive = WAYS[way]
    portico = new_portico(DRAIN_SECONDS="0.5")
    with under_load(portico, keep_alive=keep_alive, logins=2) as load, watched_readiness(portico) as seen:
        assert portico.stop(number, whole_group=whole_group) == 0
        eventually(lambda: load.refusals, within=5)
    check(load, portico)
    assert list(dict.fromkeys(seen.states)) == [(200, "ok"), (503, "draining")]
    assert seen.states.count((503, "draining")) > 1, "for as long as a load balancer needs to notice"


@pytest.mark.long
@pytest.mark.parametrize("keep_alive", [True, False])
def test_no_request_is_lost_at_full_speed(
    new_portico: Callable[..., Portico], monkeypatch: pytest.MonkeyPatch, keep_alive: bool
) -> None:
    """The moment in which the port is closed is short; ten times at full speed somebody meets it."""
    monkeypatch.setattr(clients, "PAUSE", 0.0)
    for _ in range(10):
        portico = new_portico(DRAIN_SECONDS="0.5")
        with under_load(portico, clients=8, keep_alive=keep_alive) as load:
            assert portico.stop() == 0
            eventually(lambda: load.refusals, within=5)
        check(load, portico)


def check(load: Load, portico: Portico) -> None:
    assert load.cuts == []
    assert load.statuses() == {200, 201}
    assert_nothing_is_lost(load, portico)


def test_requests_that_take_long_are_answered_after_the_port_is_closed(new_portico: Callable[..., Portico]) -> None:
    portico = new_portico()
    body = json.dumps(CUSTOMER).encode()
    begun = [begin_log_in(portico, body) for _ in range(6)]
    eventually(lambda: portico.get("/health/live")[0] == 200, within=5)  # the six are taken before this one
    portico.process.send_signal(signal.SIGTERM)
    eventually(lambda: is_refused(portico), within=5)
    assert portico.process.poll() is None
    for connection in begun:
        connection.sendall(body)
    for connection in begun:
        with connection, connection.makefile("rb") as answer:
            assert answer.readline().startswith(b"HTTP/1.1 200 ")
            assert b'"access"' in answer.read()
    assert portico.process.wait(10) == 0


def test_a_client_that_does_nothing_does_not_hold_the_server_up(new_portico: Callable[..., Portico]) -> None:
    portico = new_portico(REQUEST_TIMEOUT="1")
    silent = socket.create_connection(("127.0.0.1", portico.port))
    half = socket.create_connection(("127.0.0.1", portico.port))
    half.sendall(b"GET /api/products/1/ HTTP/1.1\r\nHost: ")
    began = time.monotonic()
    with silent, half:
        assert portico.stop() == 0
    assert time.monotonic() - began < 1 + 5


def test_a_second_signal_leaves_no_time(new_portico: Callable[..., Portico]) -> None:
    portico = new_portico(DRAIN_SECONDS="60")
    portico.process.send_signal(signal.SIGTERM)
    eventually(lambda: portico.get("/health/ready")[0] == 503, within=5)
    assert portico.stop(signal.SIGTERM) == 0


@dataclass
class Seen:
    states: list[tuple[int, str]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def watched_readiness(portico: Portico) -> Iterator[Seen]:
    """What a load balancer sees until it is refused."""
    seen = Seen()

    def watch() -> None:
        while not seen.stop.wait(0.01):
            try:
                status, body = portico.get("/health/ready")
            except ConnectionRefusedError:
                return
            seen.states.append((status, body["status"]))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    eventually(lambda: seen.states, within=5)
    try:
        yield seen
    finally:
        seen.stop.set()
        thread.join()


def begin_log_in(portico: Portico, body: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", portico.port), timeout=20)
    head = f"POST /api/auth/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n")
    return connection


def is_refused(portico: Portico) -> Any:
    try:
        socket.create_connection(("127.0.0.1", portico.port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False
