"""A PostgreSQL and a streaming replica of it, both of this test's own."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from portico.kernel.embedded_postgres import EmbeddedPostgres
from portico.kernel.postgres_binaries import PostgresBinaries, ServerUser
from tests.commands import eventually
from tests.faults.running import children

FAST = {"fsync": "off", "full_page_writes": "off"}
CAUGHT_UP = "SELECT replay_lsn = pg_current_wal_lsn() FROM pg_stat_replication"


class Standby:
    """The two servers. The replica can be killed, stopped in its tracks, or kept from replaying."""

    def __init__(self, home: Path) -> None:
        given = os.environ.get("PORTICO_POSTGRES_BIN")
        self._bin_dir = Path(given) if given else None
        self.primary = EmbeddedPostgres(home / "primary", bin_dir=self._bin_dir, options=FAST)
        self.url = self.primary.start()
        self._folder = home / "replica"
        self._copy()
        # A statement that stands in the way of replaying is cancelled at once, not after 30 s.
        self._server = EmbeddedPostgres(
            self._folder, bin_dir=self._bin_dir, options={**FAST, "max_standby_streaming_delay": "0"}
        )
        self.start()

    def start(self) -> None:
        self.replica_url = self._server.start()

    def kill(self) -> None:
        for pid in self._family():
            os.kill(pid, signal.SIGKILL)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes connections and answers nobody."""
        family = self._family()
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(family):
                os.kill(pid, signal.SIGCONT)

    @contextmanager
    def behind(self) -> Iterator[None]:
        """It answers, and replays nothing."""
        self.ask("SELECT pg_wal_replay_pause()")
        eventually(lambda: self.ask("SELECT pg_get_wal_replay_pause_state()") == "paused", within=5)
        try:
            yield
        finally:
            self.ask("SELECT pg_wal_replay_resume()")

    def ask(self, sql: LiteralString) -> Any:
        """One value, from the replica."""
        with psycopg.connect(self.replica_url, autocommit=True) as connection:
            (value,) = connection.execute(sql).fetchone() or (None,)
            return value

    def log(self) -> str:
        return (self._folder / "postgres.log").read_text()

    def wait_until_even(self) -> None:
        def is_even() -> bool:
            with psycopg.connect(self.url) as connection:
                return connection.execute(CAUGHT_UP).fetchone() == (True,)

        eventually(is_even, within=10)

    def end(self) -> None:
        self._server.stop(force=True)
        self.primary.stop(force=True)

    def _copy(self) -> None:
        self._folder.mkdir(mode=0o755)
        user = ServerUser.for_cluster(None)
        user.take(self._folder)
        programs = PostgresBinaries.find(self._bin_dir, user)
        target = self._folder / "postgres"
        url = self.primary.url("postgres")
        command = [
            programs.folder / "pg_basebackup",
            "-D",
            target,
            "-d",
            url,
            "-R",
            "-X",
            "stream",
            "--checkpoint=fast",
        ]
        copied = user.run([*command, "--no-sync"])
        assert copied.returncode == 0, copied.stdout

    def _family(self) -> list[int]:
        postmaster = int((self._folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        return [postmaster, *children(postmaster)]


@contextmanager
def running_standby() -> Iterator[Standby]:
    """In a folder that `nobody` can enter, as pytest's own cannot be when root runs the tests."""
    home = Path(tempfile.mkdtemp(prefix="portico-replica-", dir="/tmp"))
    home.chmod(0o755)
    try:
        made = Standby(home)
        try:
            yield made
        finally:
            made.end()
    finally:
        shutil.rmtree(home, ignore_errors=True)
