"""Real databases for tests: one server for the whole run, a template for each data set, a clone for each test."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from portico.kernel.embedded_postgres import EmbeddedPostgres

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
TEMPLATES_LOCK = 7_304_601
MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3  # bytes; a run takes about one


def fast_folder() -> Path:
    """Where files of a run go: into memory if there is room. A disk takes ten times as long to clone a database."""
    with suppress(OSError):  # macOS has none, and containers a small one
        if shutil.disk_usage(MEMORY).free > ROOM and os.access(MEMORY, os.W_OK | os.X_OK):
            return MEMORY
    return Path(tempfile.gettempdir())


@contextmanager
def embedded_server(run: str) -> Iterator[str]:
    """The server of one test run, shared by its parallel workers; the last one to leave stops and removes it.

    Its folder is outside pytest's own, which `nobody` may not enter when root runs the tests.
    """
    folder = fast_folder() / f"portico-tests-{run}"
    folder.mkdir(mode=0o755, exist_ok=True)
    server = EmbeddedPostgres(folder / "data", options=FAST)
    url = server.start()
    try:
        with psycopg.connect(url):  # the server goes on while anybody is connected
            yield url
    finally:
        if server.stop():
            shutil.rmtree(folder, ignore_errors=True)


class Databases:
    """Makes and drops databases on one server."""

    def __init__(self, url: str, run: str) -> None:
        self._url = url
        self._run = run
        self._count = 0

    def clone(self, template: str, fill: Callable[[str], None], *, worker: str) -> str:
        """The URL of a new database like the template, which `fill` makes at the first call of the whole run."""
        source = f"portico_{self._run[:12]}_{template}"
        self._count += 1
        name = f"{source}_{worker}_{self._count}"
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATES_LOCK])
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [source]).rowcount:
                self._make(connection, source, fill)
            connection.execute("SELECT pg_advisory_unlock(%s)", [TEMPLATES_LOCK])
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source))
            )
        return self._at(name)

    def drop(self, url: str) -> None:
        name = make_url(url).database or ""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _make(self, connection: psycopg.Connection, name: str, fill: Callable[[str], None]) -> None:
        """Under another name until it is complete, so that a run that is killed leaves no half template."""
        half = sql.Identifier(f"{name}_half")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(half))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(half))
        fill(self._at(f"{name}_half"))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(half, sql.Identifier(name)))

    def _at(self, name: str) -> str:
        return make_url(self._url).set(database=name).render_as_string(hide_password=False)
