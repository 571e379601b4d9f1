"""Which lines of two ledgers belong together: exact, then one to many, then within a tolerance.

Everything is found by keys, and nothing by comparing each with each. The same lines give the same matches: nearest days
first, then the order of the ledgers. A line is in one match at the most.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from portico.apps.audit.reconciliations.open_lines import Line, Match, OpenLines
from portico.apps.audit.reconciliations.sums import Search
from portico.apps.audit.reconciliations.tolerances import nearly_equal


class Rules(NamedTuple):
    """How far apart two days may be, and two amounts in cents."""

    days: int
    tolerance: int


class Outcome(NamedTuple):
    matches: list[Match]
    is_complete: bool
    """Whether all sums were tried: the search ends after so many steps that it takes seconds."""


def reconcile(left: Iterable[Line], right: Iterable[Line], rules: Rules) -> Outcome:
    lefts, rights = OpenLines(left), OpenLines(right)
    matches = list(_with_reference(lefts, rights, rules.days))
    matches += _by_amount_and_day(lefts, rights, rules.days)
    search = Search(rules.days)
    matches += search.find(lefts, rights, one_is_left=True)
    matches += search.find(rights, lefts, one_is_left=False)
    if rules.tolerance:
        matches += _nearly(lefts, rights, rules)
    return Outcome(matches, search.is_complete)


def _with_reference(lefts: OpenLines, rights: OpenLines, days: int) -> Iterator[Match]:
    """The same amount and the same reference. A line without a day matches by them alone."""

    def keys(line: Line, shift: int) -> list[tuple[object, ...]]:
        return [(line.cents, line.reference, line.shifted(shift))] if line.reference else []

    for left, right, apart in _nearest(lefts, rights, days, keys):
        yield _pair("exact", lefts, rights, left, right, f"same amount and reference, {_apart(apart)}")
    yield from _undated(lefts, rights)


def _undated(lefts: OpenLines, rights: OpenLines) -> Iterator[Match]:
    """The same amount and reference, where one of the lines has no day."""
    some: dict[tuple[int, str], deque[Line]] = defaultdict(deque)
    without: dict[tuple[int, str], deque[Line]] = defaultdict(deque)
    for line in rights:
        some[line.cents, line.reference].append(line)
        if line.day is None:
            without[line.cents, line.reference].append(line)
    for left in [each for each in lefts if each.reference]:
        fitting = (some if left.day is None else without)[left.cents, left.reference]
        while fitting and fitting[0] not in rights:  # matched by way of the other table
            fitting.popleft()
        if fitting:
            why = "same amount and reference, one without a date"
            yield _pair("exact", lefts, rights, left, fitting.popleft(), why)


def _by_amount_and_day(lefts: OpenLines, rights: OpenLines, days: int) -> Iterator[Match]:
    """The same amount, where not both have a reference: those of both were compared before."""

    def keys(line: Line, shift: int) -> list[tuple[object, ...]]:
        day = line.shifted(shift)
        without = (line.cents, day, False)
        return [without] if line.reference else [without, (line.cents, day, True)]

    def key(line: Line) -> tuple[object, ...]:
        return (line.cents, line.day, bool(line.reference))

    for left, right, apart in _nearest(lefts, rights, days, keys, key):
        yield _pair("exact", lefts, rights, left, right, f"same amount, {_apart(apart)}, no two references to compare")


def _nearest(
    lefts: OpenLines,
    rights: OpenLines,
    days: int,
    keys: Callable[[Line, int], list[tuple[object, ...]]],
    key: Callable[[Line], tuple[object, ...]] = lambda line: (line.cents, line.reference, line.day),
) -> Iterator[tuple[Line, Line, int]]:
    """Pairs whose keys are the same so many days apart, the nearest days first."""
    waiting: dict[tuple[object, ...], deque[Line]] = defaultdict(deque)
    for line in rights:
        if line.day is not None:
            waiting[key(line)].append(line)
    for apart in range(days + 1):
        for line in [each for each in lefts if each.day is not None]:
            wanted = (k for shift in dict.fromkeys((-apart, apart)) for k in keys(line, shift))
            found = next((waiting[k] for k in wanted if waiting.get(k)), None)
            if found:
                yield line, found.popleft(), apart


def _nearly(lefts: OpenLines, rights: OpenLines, rules: Rules) -> Iterator[Match]:
    for left, right, apart in nearly_equal(lefts, rights, rules.days, rules.tolerance):
        off = abs(left.cents - right.cents)
        why = f"amounts {off / 100:.2f} apart, within the tolerance, {_apart(apart)}"
        yield _pair("tolerance", lefts, rights, left, right, why)


def _pair(rule: str, lefts: OpenLines, rights: OpenLines, left: Line, right: Line, why: str) -> Match:
    lefts.close(left)
    rights.close(right)
    return Match(rule, why, [left.position], [right.position], left.cents - right.cents)


def _apart(days: int) -> str:
    return "the same day" if days == 0 else "a day apart" if days == 1 else f"{days} days apart"
