"""A real PostgreSQL that belongs to a data folder: one server for every process that works on it.

The server outlives whoever started it. Two locks, which the system releases when their holders die, keep order:

* `postgres.lock` is held by the process that is just starting, restarting or stopping the server;
* the cluster's folder itself is locked through a descriptor that the postmaster and all its backends inherit.
  It is free if and only if nothing of the server lives, which no process id in a file can tell: ids are reused,
  zombies answer to signals, and after `kill -9` of the postmaster its backends live on for a moment.
"""

import hashlib
import logging
import os
import selectors
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from portico.kernel import postgres_binaries as binaries
from portico.kernel.postgres_binaries import EmbeddedPostgresError, PostgresBinaries, ServerUser

with suppress(ImportError):  # On Windows, which EmbeddedPostgres refuses.
    import fcntl

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]

logger = logging.getLogger(__name__)

_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "cluster_name": "portico",
    "listen_addresses": "",  # No TCP.
    "port": "5432",  # Names the socket's file; see url().
    "unix_socket_permissions": "0700",
    **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),  # 0.2 s instead of 2, file by file.
}

# All in seconds. Recovery after a crash may have a gigabyte of log to replay; where there is not even a socket,
# the server is in another container, say, and waiting is in vain.
_START_LIMIT, _SILENCE_LIMIT, _STOP_LIMIT = 120.0, 5.0, 30.0
_ORPHAN_GRACE, _GOODBYE_GRACE, _PAUSE = 0.3, 0.5, 0.01


class EmbeddedPostgres:
    """The server of one data folder. Every method may be called from any thread and any number of processes."""

    def __init__(
        self, data_dir: Path, *, bin_dir: Path | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        """`bin_dir` holds `postgres` and `initdb`; by default they are looked for. `options` are server settings
        over ours, and count only when this object is the one that starts the server."""
        if sys.platform == "win32":
            raise EmbeddedPostgresError(
                "The embedded PostgreSQL runs on Linux and macOS: on Windows set DATABASE_URL, or use WSL."
            )
        self._data_dir = data_dir.resolve()
        self._bin_dir = bin_dir
        self._options = dict(options or {})
        self._log = self._data_dir / "postgres.log"
        self._stopped_on_purpose = self._data_dir / "postgres.stopped"

    def start(self) -> str:
        """Adopt the living server, else start one (making the cluster first, if there is none), and answer the
        URL of the database `portico`, which then exists. Raises EmbeddedPostgresError."""
        with self._locked():
            self._stopped_on_purpose.unlink(missing_ok=True)
            cluster = self._cluster() or self._make_cluster()
            self._bring_up(cluster)
        return self.url()

    def url(self, database: str = "portico") -> str:
        """A libpq URL. Raises EmbeddedPostgresError before the first `start` ever."""
        # The port is spelled out, or a PGPORT in the client's environment would name another socket.
        return f"postgresql://postgres@/{quote(database, safe='')}?host={self._socket_folder()}&port=5432"

    def is_running(self) -> bool:
        """Whether the server answers."""
        with suppress(psycopg.OperationalError, EmbeddedPostgresError, OSError):
            self._connect().close()
            return True
        return False

    def watch(self, stop: threading.Event) -> None:
        """Bring the server back whenever it goes away, until `stop` is set; for a thread of its own.

        Death is noticed at once, as the end of a connection held for this alone; `stop` within 0.5 s. A server
        that `stop(force=True)` took down is left alone until someone calls `start`.
        """
        while not stop.is_set():
            try:
                self._hold_connection(stop)
            except (psycopg.OperationalError, EmbeddedPostgresError, OSError):
                self._revive(stop)

    def stop(self, *, force: bool = False) -> bool:
        """Shut down, rolling open transactions back; answers whether the server is down now.

        Without `force` only if no one else is connected. This process's own `watch` counts as someone: end it
        and join its thread first. Raises EmbeddedPostgresError.
        """
        with self._locked():
            cluster = self._cluster()
            if cluster is None or not binaries.is_alive(cluster):
                return True
            if not force and self._others_are_connected():
                return False
            if force:
                self._stopped_on_purpose.touch()
            self._shut_down(cluster)
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all processes. A file that cannot be used, on the way, becomes a sentence."""
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                # A process forked meanwhile shares the lock; closing our descriptor alone would leave it locked.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
                os.close(descriptor)
        except OSError as error:
            reason = f"{error.strerror or error}: {error.filename or self._data_dir}"
            raise EmbeddedPostgresError(f"The database in {self._data_dir} cannot be used: {reason}.") from error

    def _cluster(self) -> Path | None:
        for home in (self._data_dir, self._system_home()):
            if (home / "postgres" / "PG_VERSION").exists():
                return home / "postgres"
        return None

    def _system_home(self) -> Path:
        return binaries.SYSTEM_FOLDER / _short_hash(self._data_dir)

    def _make_cluster(self) -> Path:
        """initdb beside the final place and one rename, so that a cluster is there entirely or not at all."""
        user = ServerUser.for_cluster(None)
        programs = PostgresBinaries.find(self._bin_dir, user)
        home = self._home_within_reach(user)
        for leftover in home.glob("postgres.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=home))
        try:
            user.take(scratch)
            programs.make_cluster(scratch, synced=self._options.get("fsync") != "off")
            scratch.rename(home / "postgres")
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        binaries.sync(home)
        return home / "postgres"

    def _home_within_reach(self, user: ServerUser) -> Path:
        """The data folder, unless the server's user cannot enter it. We never open a folder to make it so."""
        if user.can_enter(self._data_dir):
            return self._data_dir
        home = self._system_home()
        binaries.make_system_folder(home)
        logger.warning("PostgreSQL runs as 'nobody', who cannot enter %s: its data is in %s.", self._data_dir, home)
        return home

    def _bring_up(self, cluster: Path) -> None:
        """Wait for the server that lives, or launch one when none does, until it answers."""
        began, launches, log_begins = time.monotonic(), 0, 0
        while not self._answers(cluster):
            with binaries.claimed(cluster) as claim:
                if claim is None:
                    self._bear_with(cluster, waited=time.monotonic() - began, is_ours=launches > 0)
                elif launches < 3:  # Again, since the first may have been killed just like the one before it.
                    log_begins = self._launch(cluster, claim)
                    launches += 1
                else:
                    reason = binaries.complaint(self._log.read_bytes()[log_begins:].decode(errors="replace"))
                    raise EmbeddedPostgresError(f"PostgreSQL did not start on {cluster}: {reason}")
            time.sleep(min(max(_PAUSE, (time.monotonic() - began) / 10), 1.0))  # Each refusal is a line in its log.

    def _answers(self, cluster: Path) -> bool:
        # Asking a server that only starts would do nothing but fill its log with refusals.
        if binaries.lock_file(cluster)[7] != "ready":
            return False
        try:
            connection = self._connect()
        except psycopg.OperationalError as error:
            # libpq gives no SQLSTATE for a refused connection. A server that is full is up all the same.
            return "too many clients" in str(error)
        with closing(connection):
            exists = connection.execute("SELECT FROM pg_database WHERE datname = 'portico'").fetchone()
            if exists is None:
                connection.execute("CREATE DATABASE portico")
        return True

    def _bear_with(self, cluster: Path, *, waited: float, is_ours: bool) -> None:
        """Something of the server lives and does not answer: it starts, recovers, ends, or is out of our reach."""
        socket_folder = self._socket_folder()
        has_socket = (socket_folder / ".s.PGSQL.5432").exists()
        if waited > (_START_LIMIT if is_ours or has_socket else _SILENCE_LIMIT):
            raise EmbeddedPostgresError(
                f"A PostgreSQL (process {binaries.lock_file(cluster)[0]}) uses {cluster} but does not answer at "
                f"{socket_folder}: stop it, or the container it runs in, and try again."
            )
        if waited > _ORPHAN_GRACE and not is_ours:
            binaries.end_orphans(cluster)

    def _launch(self, cluster: Path, claim: int) -> int:
        """Start a detached server that inherits the claim; answers where in the log its own lines begin."""
        user = ServerUser.for_cluster(cluster)
        programs = PostgresBinaries.find(self._bin_dir, user)
        programs.require_major_of(cluster)
        socket_folder = self._socket_folder()
        with suppress(FileExistsError):
            socket_folder.mkdir(mode=0o700)
            user.take(socket_folder)
        user.require_private(socket_folder)
        binaries.forget_dead_server(cluster, socket_folder)
        settings = {**_SETTINGS, "unix_socket_directories": str(socket_folder), **self._options}
        logger.info("Starting PostgreSQL %s on %s.", programs.version, cluster)
        return programs.launch(cluster, settings, log=self._log, claim=claim)

    def _hold_connection(self, stop: threading.Event) -> None:
        with closing(self._connect()) as connection, selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            while not stop.is_set():
                if selector.select(timeout=0.5):
                    connection.execute("SELECT 1")  # Raises if what came was the end, and not some notice.

    def _revive(self, stop: threading.Event) -> None:
        if self._stopped_on_purpose.exists():
            stop.wait(0.5)
            return
        try:
            self.start()
        except EmbeddedPostgresError as error:
            logger.error("The embedded PostgreSQL is down: %s", error)
            stop.wait(1.0)
        # A server that is up but full refuses the watch too; this keeps that from becoming a busy loop.
        stop.wait(0.1)

    def _others_are_connected(self) -> bool:
        """Whether anyone is still there after a moment: a session lasts some ms longer than its client."""
        query = "SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1"
        try:
            with closing(self._connect()) as connection:
                deadline = time.monotonic() + _GOODBYE_GRACE
                while connection.execute(query).fetchone() is not None:
                    if time.monotonic() > deadline:
                        return True
                    time.sleep(_PAUSE)
        except psycopg.OperationalError:
            return True  # It lives and we cannot ask it.
        return False

    def _shut_down(self, cluster: Path) -> None:
        socket_folder = self._socket_folder()
        pid = binaries.lock_file(cluster)[0]
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(pid), signal.SIGINT)  # PostgreSQL's fast shutdown.
        deadline = time.monotonic() + _STOP_LIMIT
        while binaries.is_alive(cluster):
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL (process {pid}) did not stop within {_STOP_LIMIT:.0f} s.")
            time.sleep(_PAUSE)
        with suppress(OSError):
            socket_folder.rmdir()

    def _connect(self) -> psycopg.Connection[Any]:
        """As superuser, to a database that is always there; raises psycopg.OperationalError."""
        cluster, socket_folder = self._cluster(), self._socket_folder()
        if os.path.lexists(socket_folder):
            ServerUser.for_cluster(cluster).require_private(socket_folder)
        return psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5)

    def _socket_folder(self) -> Path:
        """Short, since a socket's path has room for some 100 bytes, and the same for every process.

        The inode makes it another folder for another cluster: when someone deletes a data folder below a living
        server, that server keeps its socket to itself for the minute until it notices and ends.
        """
        cluster = self._cluster()
        if cluster is None:
            raise EmbeddedPostgresError(f"There is no database in {self._data_dir} yet.")
        return Path("/tmp") / f"portico-{_short_hash(f'{cluster}:{cluster.stat().st_ino}')}"  # noqa: S108 - verified


def _short_hash(value: object) -> str:
    return hashlib.sha256(str(value).encode()).hexdigest()[:12]
