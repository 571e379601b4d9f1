"""One line that is the sum of several on the other side: a deposit of many receipts, a payment in parts.

Lines with the reference of the one come first. Then the nearest in time are tried: for all lines sets of two, then of
three, and so on. Amounts add up by chance the more often the more lines are tried, so few are; and where another set of
as many lines fits as well, the match says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from portico.apps.audit.reconciliations.open_lines import Line, Match, OpenLines

CANDIDATES = 20
MOST = 4
"""Lines in a set that no reference holds together."""
STEPS = 10_000_000
"""Of the whole search. Steps, and not seconds: a slow machine finds the same."""


ANY = "any day"
ByReference = dict[tuple[str, int | str | None], list[Line]]
"""By reference and day; those of any day once more."""


class Search:
    """Looks for sums until its steps are used up."""

    def __init__(self, days: int, steps: int = STEPS) -> None:
        self._days = days
        self._steps = steps

    @property
    def is_complete(self) -> bool:
        """Whether all sums were tried that are to be tried."""
        return self._steps > 0

    def find(self, ones: OpenLines, manys: OpenLines, *, one_is_left: bool) -> Iterator[Match]:
        """Close each of the ones that several of the others add up to, and these."""
        by_reference, by_day = _by_reference(manys), _ByDay(manys)
        for one in self._while_there_are_steps(ones):
            if (lines := self._sharing(one, by_reference, manys)) is not None:
                yield _match(one, lines, ones, manys, "with its reference", one_is_left=one_is_left)
        for size in range(2, MOST + 1):
            for one in self._while_there_are_steps(ones):
                lines, is_only = self._of_size(size, one, self._near(one, by_day, manys))
                if lines is not None:
                    which = "near it" if is_only else "near it, as do others,"
                    yield _match(one, lines, ones, manys, which, one_is_left=one_is_left)

    def _while_there_are_steps(self, ones: OpenLines) -> Iterator[Line]:
        return takewhile(lambda _: self.is_complete, list(ones))

    def _sharing(self, one: Line, by_reference: ByReference, manys: OpenLines) -> list[Line] | None:
        days = (ANY,) if one.day is None else (None, *range(one.day - self._days, one.day + self._days + 1))
        sharing = [line for day in days for line in by_reference.get((one.reference, day), ())]
        self._steps -= len(sharing)
        near = sorted(line for line in sharing if line in manys)
        return near if len(near) > 1 and sum(line.cents for line in near) == one.cents else None

    def _near(self, one: Line, by_day: "_ByDay", manys: OpenLines) -> list[Line]:
        """Lines of the same sign and of less, the nearest in time first."""
        found: list[Line] = []
        for line in by_day.around(one, self._days):
            self._steps -= 1
            if line in manys and abs(line.cents) < abs(one.cents):
                found.append(line)
            if len(found) == CANDIDATES:
                break
        return found

    def _of_size(self, size: int, one: Line, lines: Sequence[Line]) -> tuple[list[Line] | None, bool]:
        """A set of this size that adds up, and whether it is the only one. Large amounts are tried first."""
        lines = sorted(lines, key=lambda line: (-abs(line.cents), line.position))
        amounts = [abs(line.cents) for line in lines]
        places: dict[int, list[int]] = defaultdict(list)
        for index, amount in enumerate(amounts):
            places[amount].append(index)
        sets = self._sets(amounts, places, abs(one.cents), size, 0)
        first = next(sets, None)
        if first is None:
            return None, True
        return sorted((lines[index] for index in first), key=lambda line: line.position), next(sets, None) is None

    def _sets(
        self, amounts: Sequence[int], places: dict[int, list[int]], target: int, size: int, start: int
    ) -> Iterator[list[int]]:
        """The indexes of `size` of these falling amounts, from `start` on, that add up to the target."""
        if size == 1:
            yield from ([index] for index in places.get(target, ()) if index >= start)
            return
        for index in range(start, len(amounts) - size + 1):
            self._steps -= 1
            if self._steps <= 0 or amounts[index] * size < target:
                return
            if amounts[index] < target:
                for rest in self._sets(amounts, places, target - amounts[index], size - 1, index + 1):
                    yield [index, *rest]


class _ByDay:
    """Lines by their days and signs."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines: dict[tuple[int, bool], list[Line]] = defaultdict(list)
        for line in lines:
            if line.day is not None and line.cents:
                self._lines[line.day, line.cents > 0].append(line)
        self._least = {key: min(abs(line.cents) for line in found) for key, found in self._lines.items()}

    def around(self, one: Line, days: int) -> Iterator[Line]:
        """The nearest first. Days on which nothing is small enough to be a part of it are left out."""
        if one.day is None:
            return
        for apart in range(days + 1):
            for shift in dict.fromkeys((-apart, apart)):
                key = (one.day + shift, one.cents > 0)
                if self._least.get(key, abs(one.cents)) < abs(one.cents):
                    yield from self._lines[key]


def _by_reference(lines: Iterable[Line]) -> ByReference:
    found: ByReference = defaultdict(list)
    for line in lines:
        if line.reference:
            found[line.reference, line.day].append(line)
            found[line.reference, ANY].append(line)
    return found


def _match(
    one: Line, many: Sequence[Line], ones: OpenLines, manys: OpenLines, which: str, *, one_is_left: bool
) -> Match:
    ones.close(one)
    for line in many:
        manys.close(line)
    positions = [line.position for line in many]
    left, right = ([one.position], positions) if one_is_left else (positions, [one.position])
    return Match("one_to_many", f"{len(many)} lines {which} add up to it", left, right, 0)
