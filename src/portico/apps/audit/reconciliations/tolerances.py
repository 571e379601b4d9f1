"""Amounts that are not quite equal. Each line of the left, in its order, takes the one that differs least from it; of
several the one of the nearest day, then the first of the ledger.

Amounts of a day are sorted, so that the nearest ones stand beside the place where an amount would be: however many
lines a day has, the others are not looked at.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

from portico.apps.audit.reconciliations.open_lines import Line, OpenLines

ANY = None
"""Among the references of a day: all of its lines."""
Key = tuple[int | None, str | None]


def nearly_equal(lefts: OpenLines, rights: OpenLines, days: int, tolerance: int) -> Iterator[tuple[Line, Line, int]]:
    """Pairs of one sign, and how many days they are apart. References that both have are the same."""
    amounts = _Amounts(line for line in rights if line.day is not None)
    for left in list(lefts):
        if left.day is None:
            continue
        near = (
            (abs(cents - left.cents), abs(shift), position)
            for shift in range(-days, days + 1)
            for cents, position in amounts.beside(left, left.day + shift)
        )
        off, apart, position = min(near, default=(tolerance + 1, 0, 0))
        if off <= tolerance:
            right = rights[position]
            amounts.remove(right)
            yield left, right, apart


class _Amounts:
    """Cents and positions, by day and reference."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._of: dict[Key, list[tuple[int, int]]] = defaultdict(list)
        for line in lines:
            for key in _keys(line):
                self._of[key].append((line.cents, line.position))
        for amounts in self._of.values():
            amounts.sort()

    def beside(self, line: Line, day: int) -> Iterator[tuple[int, int]]:
        """The next larger and the next smaller one of each reference that may be this line's, if of its sign."""
        for reference in ("", line.reference) if line.reference else (ANY,):
            amounts = self._of.get((day, reference), [])
            place = bisect_left(amounts, (line.cents, 0))
            below = bisect_left(amounts, (amounts[place - 1][0], 0)) if place else -1
            for index in (place, below):
                if 0 <= index < len(amounts) and (amounts[index][0] > 0) == (line.cents > 0):
                    yield amounts[index]

    def remove(self, line: Line) -> None:
        for key in _keys(line):
            amounts = self._of[key]
            del amounts[bisect_left(amounts, (line.cents, line.position))]


def _keys(line: Line) -> tuple[Key, Key]:
    return (line.day, ANY), (line.day, line.reference)
