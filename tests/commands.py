"""`portico` and bare servers as processes of their own, with an environment that holds what the test says."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

import portico
from tests.servers import KEY

SOURCE = Path(portico.__file__).parents[1]
# Nothing else of the caller's environment has a say in what is tested.
INHERITED = ("PATH", "HOME", "TMPDIR", "PORTICO_POSTGRES_BIN")
START_LIMIT = 120.0  # seconds, on a busy machine


def environment(**settings: str) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**inherited, "PYTHONPATH": str(SOURCE), **settings}


def run(*arguments: str, folder: Path, text: str | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command of `portico` in a folder without a `.env`, with these settings alone; `text` is its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "portico", *arguments],
        cwd=folder, env=environment(**settings), input=text or "", capture_output=True, text=True, check=False,
        timeout=START_LIMIT,
    )  # fmt: skip


@dataclass
class Serving:
    """A server that runs in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    client: httpx.Client

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def lines(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def served(command: list[str], *, folder: Path, ready: str = "/health/ready", **settings: str) -> Iterator[Serving]:
    """A server from its command, in which `{port}` stands for a free port; it is ready when this is entered."""
    port = free_port()
    filled = [part.replace("{port}", str(port)) for part in command]
    log = folder / f"server-{port}.log"
    known = {"ENVIRONMENT": "testing", "SECRET_KEY": KEY, "WEB_CONCURRENCY": "1", "DRAIN_SECONDS": "0", **settings}
    with log.open("wb") as out:
        process = subprocess.Popen(filled, cwd=folder, env=environment(**known), stdout=out, stderr=out)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, verify=False) as client:
            serving = Serving(process, port, log, client)
            eventually(lambda: _answers(serving, ready), within=START_LIMIT)
            yield serving
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def portico_serve(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "portico", "serve", *arguments, "--port", "{port}"]


def program(name: str) -> str:
    """The path of a program of the environment that runs the tests."""
    return str(Path(sys.executable).parent / name)


def eventually(holds: Callable[[], Any], *, within: float) -> Any:
    """Wait until it holds; answers what it said."""
    deadline = time.monotonic() + within
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.01)
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _answers(serving: Serving, path: str) -> bool:
    assert serving.process.poll() is None, serving.lines()
    try:
        return serving.get(path).status_code == 200
    except (httpx.TransportError, http.client.HTTPException):
        return False
