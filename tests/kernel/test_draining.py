"""Leaving in order, with real signals to real servers."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from portico.kernel.draining import DRAIN_SIGNAL, Draining
from tests.commands import Serving, eventually, portico_serve, program, served

UVICORN = [program("uvicorn"), "portico.main:app", "--port", "{port}"]


def readiness(server: Serving) -> tuple[int, str]:
    answer = server.get("/health/ready")
    return answer.status_code, answer.json()["status"]


def test_told_to_drain_a_server_is_not_ready_and_goes_on_answering(store_url: str, tmp_path: Path) -> None:
    with served(UVICORN, folder=tmp_path, DATABASE_URL=store_url, PORTICO_APPS="store") as server:
        assert readiness(server) == (200, "ok")
        assert "connection" not in server.get("/api/products").headers
        server.process.send_signal(DRAIN_SIGNAL)
        eventually(lambda: readiness(server) == (503, "draining"), within=10)
        assert server.get("/health/live").status_code == 200
        answer = server.get("/api/products")
        assert answer.status_code == 200
        assert answer.headers["connection"] == "close", "the client is to come back elsewhere"
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(15)
        with pytest.raises(httpx.TransportError):
            server.get("/health/live")


@pytest.mark.alone
def test_a_server_that_is_stopped_is_not_ready_before_it_is_gone(store_url: str, tmp_path: Path) -> None:
    """A load balancer sees 503 while the port still listens: nobody is sent to a closed door."""
    with served(portico_serve("store"), folder=tmp_path, DATABASE_URL=store_url, DRAIN_SECONDS="3") as server:
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: readiness(server) == (503, "draining"), within=2.5)
        assert server.get("/api/products").status_code == 200
        assert server.process.wait(20) == 0


def test_a_request_that_has_begun_is_answered(store_url: str, tmp_path: Path) -> None:
    """The server is told to stop while it still waits for the rest of a body."""
    with served(portico_serve("store"), folder=tmp_path, DATABASE_URL=store_url) as server:
        told = threading.Event()

        def body() -> Iterator[bytes]:
            yield b'{"username": "mor_2314", '
            server.process.send_signal(signal.SIGTERM)
            eventually(lambda: not _is_open(server.port), within=10)
            told.set()
            yield b'"password": "83r5^_"}'

        answer = server.client.post("/api/auth/login", content=body(), headers={"Content-Type": "application/json"})
        assert told.is_set()
        assert answer.status_code == 200, answer.text
        assert server.process.wait(20) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes through /proc")
def test_workers_do_not_outlive_a_parent_that_was_killed(store_url: str, tmp_path: Path) -> None:
    with served(portico_serve("store"), folder=tmp_path, DATABASE_URL=store_url, WEB_CONCURRENCY="2") as server:
        workers = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        assert len(workers) >= 2
        os.kill(server.process.pid, signal.SIGKILL)
        eventually(lambda: not any(map(_is_alive, workers)), within=10)
        assert not _is_open(server.port)


def _is_open(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=0.5)
    except httpx.TransportError:
        return False
    return True


def _is_alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_server_s_own_handler_is_called_after_ours() -> None:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, DRAIN_SIGNAL)}
    called: list[int] = []
    try:
        signal.signal(signal.SIGTERM, lambda number, frame: called.append(number))
        draining = Draining()
        draining.listen()
        draining.listen()
        os.kill(os.getpid(), DRAIN_SIGNAL)
        eventually(draining.is_set, within=20)
        assert called == []
        os.kill(os.getpid(), signal.SIGTERM)
        eventually(lambda: called, within=20)
        assert called == [signal.SIGTERM]
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def test_in_a_thread_signals_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    draining = Draining()
    thread = threading.Thread(target=draining.listen)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is before
    assert not draining.is_set()
