"""One PostgreSQL server for all contestants, made for the run and thrown away after it."""

from pathlib import Path
from typing import Self

import psycopg

from portico.kernel.embedded_postgres import EmbeddedPostgres

# What decides how much a commit costs: without these a table says little about writes.
TOLD = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")


class ScratchPostgres:
    """A server of its own below `folder`, with PostgreSQL's default durability, reached by a Unix socket."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(force=True)

    def create(self, database: str) -> str:
        """A new, empty database; returns its URL."""
        self._execute(f'CREATE DATABASE "{database}"')
        return self._server.url(database)

    def settle(self) -> None:
        """Write out what is dirty, lest one contestant's writes be paid for in the next one's time."""
        self._execute("CHECKPOINT")

    def settings(self) -> dict[str, str]:
        """The settings a reader needs to judge the numbers."""
        with psycopg.connect(self._server.url("postgres")) as connection:
            return {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in TOLD}

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)
