"""CSV that comes in, as RFC 4180 has it, in UTF-8. What goes out is written by `portico.kernel.csv_cells`."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from portico.kernel.errors import InvalidInput

LONGEST_ROW = 16 * 1024  # characters. A line may be as long as the file: read whole, it would fill the memory

Record = tuple[int, list[str] | str]
"""The number of the line that a row begins in; its cells, or why it has none."""


@contextmanager
def read(file: IO[bytes]) -> Iterator[tuple[list[str], Iterator[Record]]]:
    """The names in the first line, and the rows below it. From the beginning; the file stays open.

    Raises `InvalidInput` where the first line is broken, and `UnicodeDecodeError`.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")  # with or without the mark that Excel writes
    try:
        lines = _Lines(text)
        reader = csv.reader(lines, strict=True)
        try:
            names = [cell.strip().lower() for cell in next(reader, [])]
        except csv.Error as error:
            raise InvalidInput(f"Line 1 is no CSV: {error}.") from None
        yield names, _rows(lines, reader, len(names))
    finally:
        text.detach()


class _Lines:
    """The lines of a file, of which no row may take more than LONGEST_ROW characters together."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._left = LONGEST_ROW
        self.number = 0

    def begin_row(self) -> int:
        """The number of the line it begins in."""
        self._left = LONGEST_ROW
        return self.number + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._left + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._left -= len(line)
        if self._left < 0:
            while line and not line.endswith(("\n", "\r")):
                line = self._text.readline(LONGEST_ROW)
            raise csv.Error(f"row longer than {LONGEST_ROW:,} characters")
        return line


def _rows(lines: _Lines, reader: Any, width: int) -> Iterator[Record]:
    """Empty lines are no rows. After a broken one the reader goes on at the next line."""
    while True:
        line = lines.begin_row()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield line, f"is no CSV: {error}"
            continue
        if cells is None:
            return
        if len(cells) == width:
            yield line, cells
        elif cells:
            yield line, f"has {len(cells)} cells, the first line has {width}"
