"""A contestant is a way to fill a database and a command that serves it; a server is one that runs."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from benchmarks.dataset import PASSWORD, Account

HOST = "127.0.0.1"
ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
READY_SECONDS = 60
STOP_SECONDS = 10
# Well below the shortest life of an access token among the contestants.
TOKEN_SECONDS = 600


class CannotStart(Exception):
    """The contestant is left out, with this message."""


@dataclass(frozen=True)
class Contestant:
    """`command` gets the port; `environment` gets the database URL and a folder of the contestant's own."""

    name: str
    title: str
    prepare: Callable[[str, Path], None]
    command: Callable[[int], list[str]]
    environment: Callable[[str, Path], dict[str, str]]
    ready: str = "/api/products/1/"
    """What answers 200 as soon as it serves."""


@dataclass
class Server:
    """The running processes of one contestant."""

    contestant: Contestant
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    tokens: list[str] = field(default_factory=list)
    tokens_until: float = 0.0

    @property
    def name(self) -> str:
        return self.contestant.name

    @property
    def host(self) -> str:
        return f"{HOST}:{self.port}"

    def tokens_of(self, accounts: list[Account]) -> list[str]:
        """An access token per account; signs them in again before the tokens expire."""
        if time.monotonic() >= self.tokens_until:
            with httpx.Client(base_url=f"http://{self.host}", timeout=30) as client:
                self.tokens = [sign_in(client, account) for account in accounts]
            self.tokens_until = time.monotonic() + TOKEN_SECONDS
        return self.tokens

    def memory(self) -> dict[str, float]:
        """MiB of the process tree. A page shared by n processes counts a n-th in PSS and n times in RSS."""
        try:
            parent = psutil.Process(self.process.pid)
            usages = [process.memory_full_info() for process in (parent, *parent.children(recursive=True))]
        except psutil.Error:
            return {"rss": 0.0, "pss": 0.0}
        rss = sum(usage.rss for usage in usages) / 2**20
        return {"rss": rss, "pss": sum(getattr(usage, "pss", usage.rss) for usage in usages) / 2**20}

    def stop(self) -> None:
        signal_group(self.process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        # A worker may outlive its parent; what has ended already cannot be signalled.
        signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def wait_until_ready(self) -> None:
        """Raises `CannotStart` with the end of the log when it does not serve in time."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(httpx.TransportError):
                if httpx.get(f"http://{self.host}{self.contestant.ready}", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        lines = self.log.read_text(errors="replace").strip().splitlines()
        raise CannotStart(lines[-1] if lines else "no answer and no log")


def start(contestant: Contestant, url: str, folder: Path) -> Server:
    """Fills the database, starts the processes, and waits for the first answer."""
    folder.mkdir()
    contestant.prepare(url, folder)
    port = free_port()
    log = folder / "server.log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **contestant.environment(url, folder)}
    if "PYTHONPATH" in os.environ:
        environment["PYTHONPATH"] += os.pathsep + os.environ["PYTHONPATH"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            contestant.command(port), stdout=output, stderr=output, stdin=subprocess.DEVNULL,
            cwd=ROOT, env=environment, start_new_session=True,
        )  # fmt: skip
    server = Server(contestant, port, process, log)
    try:
        server.wait_until_ready()
    except BaseException:
        server.stop()
        raise
    return server


def sign_in(client: httpx.Client, account: Account) -> str:
    answer = client.post("/api/auth/login", json={"username": account.username, "password": PASSWORD})
    answer.raise_for_status()
    return answer.json()["access"]


def signal_group(group: int, number: int) -> None:
    """The server's own process group, which `start_new_session` made: nobody else's processes are in it."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
