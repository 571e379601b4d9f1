"""The rows of the sample data, collected table by table in the order in which things happen, to be written in bulk."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

Table = list[dict[str, Any]]


class Rows:
    """`bases` are the last ids that the database has given; a table's rows come after that."""

    def __init__(self, bases: Mapping[str, int]) -> None:
        self._bases = bases
        self.tables: defaultdict[str, Table] = defaultdict(list)

    def add(self, table: str, **columns: Any) -> int:
        """Answers the id."""
        found = self.tables[table]
        row_id = self._bases[table] + len(found) + 1
        found.append({"id": row_id, **columns})
        return row_id

    def join(self, table: str, **columns: Any) -> None:
        """Add a row without an id."""
        self.tables[table].append(columns)

    def row(self, table: str, row_id: int) -> dict[str, Any]:
        return self.tables[table][row_id - self._bases[table] - 1]

    def change(self, table: str, row_id: int, **columns: Any) -> None:
        self.row(table, row_id).update(columns)
