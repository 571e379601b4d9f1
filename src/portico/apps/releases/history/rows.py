"""The rows of the sample year, collected table by table under ids of their own, to be written in bulk."""

from collections import defaultdict
from datetime import datetime
from typing import Any

Table = list[dict[str, Any]]


class Rows:
    """What is added here is in the order in which it is written: a table's rows all have the same columns."""

    def __init__(self) -> None:
        self.tables: defaultdict[str, Table] = defaultdict(list)
        self.seals: Table = []
        """What becomes of releases once their changes are written: after that these are for ever."""
        self.causes: Table = []
        """Because of which incidents deployments were made: incidents and deployments refer to each other."""

    def add(self, table: str, **columns: Any) -> int:
        """Answers the id."""
        found = self.tables[table]
        found.append({"id": len(found) + 1, **columns})
        return len(found)

    def join(self, table: str, **columns: Any) -> None:
        """Add a row without an id."""
        self.tables[table].append(columns)

    def change(self, table: str, row_id: int, **columns: Any) -> None:
        self.tables[table][row_id - 1].update(columns)

    def row(self, table: str, row_id: int) -> dict[str, Any]:
        return self.tables[table][row_id - 1]

    def log(
        self, deployment_id: int, at: datetime, action: str, before: str | None, after: str, by: tuple[int, str] | None
    ) -> None:
        """A line of a deployment's log."""
        number, name = by or (None, "")
        self.add(
            "status_changes", created_at=at, deployment_id=deployment_id, at=at, action=action, before=before,
            after=after, by=number, by_name=name,
        )  # fmt: skip
