"""Lines that are in no match yet."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Line(NamedTuple):
    """A line of a ledger: cents, the number of its day, and its reference without spaces, signs and case."""

    position: int
    cents: int
    day: int | None
    reference: str

    def shifted(self, days: int) -> int | None:
        return None if self.day is None else self.day + days

    def may_be(self, other: "Line") -> bool:
        """Whether signs and references do not speak against it."""
        same_sign = (self.cents > 0) == (other.cents > 0)
        return same_sign and (not self.reference or not other.reference or self.reference == other.reference)


class Match(NamedTuple):
    """Positions on both sides, and in cents what the left has more than the right."""

    rule: str
    why: str
    left: list[int]
    right: list[int]
    difference: int


class OpenLines:
    """The lines of one side, in their order, as far as nothing has matched them."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._open = {line.position: line for line in lines}

    def __iter__(self) -> Iterator[Line]:
        return iter(self._open.values())

    def __getitem__(self, position: int) -> Line:
        return self._open[position]

    def __contains__(self, line: Line) -> bool:
        return line.position in self._open

    def close(self, line: Line) -> None:
        del self._open[line.position]


def plain(reference: str) -> str:
    """A reference as it is compared: `INV 2024/17` and `inv-2024-17` are the same."""
    return "".join(letter for letter in reference.casefold() if letter.isalnum())
