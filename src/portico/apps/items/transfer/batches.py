"""The rows of a file, some at a time: the items they make, and what is wrong with those that make none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from pydantic import ValidationError

from portico.apps.items.schemas import ItemIn
from portico.apps.items.transfer.csv_form import Record, read
from portico.kernel.csv_cells import as_meant
from portico.kernel.errors import InvalidInput

SIZE = 1000  # rows
TAKEN, NEEDED = ("name", "description", "price", "quantity"), ("name", "price")
MAY_BE_EMPTY = ("description", "quantity")
PASSED_OVER = ("id", "created_at", "updated_at")
"""What an export has beside: rows of a file are added, with ids of their own."""


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a row; `field` is empty where it is wrong as a whole."""

    line: int
    field: str
    message: str


@dataclass(frozen=True)
class Batch:
    rows: int
    items: Sequence[dict[str, Any]]
    flaws: Sequence[Flaw]

    @property
    def rejected(self) -> int:
        return self.rows - len(self.items)


def count_rows(file: IO[bytes]) -> int:
    """How many rows a file has. Raises `InvalidInput` where it cannot be taken as a whole."""
    try:
        with read(file) as (names, rows):
            _check(names)
            return sum(1 for _ in rows)
    except UnicodeDecodeError:
        raise InvalidInput("The file is not UTF-8.") from None


def batches(file: IO[bytes]) -> Iterator[Batch]:
    """The rows of a file that `count_rows` has found good."""
    with read(file) as (names, rows):
        while some := list(islice(rows, SIZE)):
            yield _batch(some, names)


def _check(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in (*TAKEN, *PASSED_OVER)]
    missing = [name for name in NEEDED if name not in names]
    if unknown or missing or len(set(names)) < len(names):
        raise InvalidInput(
            f"The first line must name columns, each once: {', '.join(TAKEN)}; {' and '.join(NEEDED)} are needed."
        )


def _batch(rows: Sequence[Record], names: Sequence[str]) -> Batch:
    items: list[dict[str, Any]] = []
    flaws: list[Flaw] = []
    for line, cells in rows:
        if isinstance(cells, str):
            flaws.append(Flaw(line, "", cells))
            continue
        found = _item(line, dict(zip(names, cells, strict=True)))
        if isinstance(found, dict):
            items.append(found)
        else:
            flaws += found
    return Batch(len(rows), items, flaws)


def _item(line: int, row: dict[str, str]) -> dict[str, Any] | list[Flaw]:
    given = {name: as_meant(row[name]) for name in TAKEN if name in row and (row[name] or name not in MAY_BE_EMPTY)}
    flaws = [Flaw(line, name, "NUL characters are not accepted") for name, cell in given.items() if "\x00" in cell]
    if flaws:
        return flaws
    try:
        return ItemIn.model_validate(given).model_dump()
    except ValidationError as error:
        return [Flaw(line, str(found["loc"][0]), found["msg"]) for found in error.errors()]
