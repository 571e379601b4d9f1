"""`portico serve` as a user runs it: in processes of its own, with an embedded PostgreSQL in a data folder."""

import fcntl
import http.client
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from portico.kernel.embedded_postgres import EmbeddedPostgres
from tests.commands import START_LIMIT, environment, eventually, free_port, portico_serve, run
from tests.servers import KEY

LISTENING = "0A"  # the state of a socket in /proc/net/tcp
CUSTOMER = {"username": "mor_2314", "password": "83r5^_"}


class Portico:
    """One `portico serve` of one app on a data folder. The output of all its starts is in `log`."""

    def __init__(self, data_dir: Path, *, app: str = "store", **settings: str) -> None:
        self.app = app
        self.data_dir = data_dir
        self.port = free_port()
        self.log = data_dir.parent / f"serve-{self.port}.log"
        self.database = EmbeddedPostgres(data_dir)
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = {
            "ENVIRONMENT": "development", "STORE_MODE": "sandbox", "SECRET_KEY": KEY, "LOG_LEVEL": "WARNING",
            "WEB_CONCURRENCY": "2", "DRAIN_SECONDS": "0", "PORTICO_DATA_DIR": str(data_dir), **settings,
        }  # fmt: skip

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self, *options: str) -> None:
        """Begin; it is not ready yet."""
        command = [part.replace("{port}", str(self.port)) for part in portico_serve(self.app, *options)]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                command, env=environment(**self._settings), cwd=self.data_dir.parent, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip

    def wait_until_ready(self) -> None:
        """Until every worker takes connections."""
        eventually(lambda: self._is_ready() and self.listening() == self.workers(), within=START_LIMIT)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command on the same data folder."""
        return run(*arguments, folder=self.data_dir.parent, **self._settings)

    def stop(self, number: int = signal.SIGTERM, *, whole_group: bool = False) -> int:
        """Ask it to end, or all its processes at once, as a terminal does; answers the exit code."""
        (os.killpg if whole_group else os.kill)(self.pid, number)
        return self.process.wait(30)

    def end(self) -> None:
        """Whatever the test has left behind."""
        if self._process is None or self._process.poll() is not None:
            return
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def workers(self) -> set[int]:
        """The processes that answer requests."""
        return {pid for pid in children(self.pid) if b"spawn_main" in command_line(pid)}

    def listening(self) -> set[int]:
        """The workers that take connections."""
        here = f":{self.port:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(here) and row[3] == LISTENING}
        return {pid for pid in self.workers() if sockets & _files(pid)}

    def postmaster(self) -> int:
        return int((self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    @contextmanager
    def database_kept_down(self) -> Iterator[None]:
        """Nobody can start PostgreSQL meanwhile: each start takes this lock."""
        with (self.data_dir / "postgres.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def query(self, sql: LiteralString) -> list[tuple[Any, ...]]:
        """Asked of PostgreSQL itself, which is started where it is down."""
        with psycopg.connect(self.database.start()) as connection:
            return connection.execute(sql).fetchall()

    def titles(self) -> list[str]:
        return [title for (title,) in self.query("SELECT title FROM store.products")]

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON, on a connection of its own."""
        return self.call("GET", path)

    def call(self, method: str, path: str, body: Any = None, *, token: str = "") -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Content-Type": "application/json"} if body else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def sign_in(self) -> str:
        """A token of a customer of the sample data. Hashing may take longer than a server with a short limit waits."""

        def tokens() -> Any:
            status, answer = self.call("POST", "/api/auth/login/", CUSTOMER)
            assert status in (200, 503), answer
            return answer if status == 200 else None

        token: str = eventually(tokens, within=20)["access"]
        return token

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with suppress(OSError, http.client.HTTPException):
            return self.get("/health/ready")[0] == 200
        return False


def children(parent: int) -> set[int]:
    """The living children of all threads of a process."""
    found: set[int] = set()
    for listing in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):
            found |= {int(pid) for pid in listing.read_text().split()}
    return found


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _files(pid: int) -> set[str]:
    """What the descriptors of a process stand for."""
    found: set[str] = set()
    for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
        with suppress(OSError):
            found.add(str(descriptor.readlink()))
    return found
