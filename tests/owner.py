"""The owner of a database, whom no policy binds, and whom tests ask what no route tells."""

from typing import Any

import psycopg
from psycopg.rows import dict_row


class Owner:
    """Asks on one connection, each time in its own transaction: to open one takes fifty times as long as to ask."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[dict[str, Any]] | None = None

    def __call__(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """The rows that the statement answers, if it answers any."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True, row_factory=dict_row)
        cursor = self._connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
