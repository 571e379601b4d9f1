"""Looking for a plan with a given number of equal bars: bin completion, after Martello, Toth and Korf.

The largest part that is left must be in some bar. All ways are tried to complete that bar, the fullest first, as long
as what the bars waste together still allows the number. Where little may be wasted there are few ways, so it is best
just where packing one bar after the other is worst.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from time import perf_counter

MOST_BARS = 200
"""A bar takes one level of recursion, and with more bars the search only ever sees the last ones."""
MOST_COMPLETIONS = 50
MOST_STEPS = 3000

SHORTEST_RUN = 0.05
"""Seconds after which the search begins anew: one that has gone wrong early seldom comes back."""

Sizes = tuple[int, ...]
Completion = tuple[int, tuple[int, ...]]
"""What stays empty of a bar, and the places of the sizes that complete it."""


class OutOfTime(Exception):
    """The search was given up, undecided."""


def complete(sizes: Sequence[int], room: int, bars: int, *, seconds: float, random: Random) -> list[list[int]] | None:
    """The places of the sizes, bar by bar; None where no such plan was found, which proves nothing."""
    if bars > MOST_BARS:
        return None
    order = sorted(range(len(sizes)), key=sizes.__getitem__, reverse=True)
    falling, spare = tuple(sizes[place] for place in order), bars * room - sum(sizes)
    search, end, run = _Search(room, random), perf_counter() + seconds, SHORTEST_RUN
    while (now := perf_counter()) < end:
        try:
            found = search.fill(falling, spare, min(end, now + run))
        except OutOfTime:
            run *= 1.5
            continue
        return None if found is None else _places(found, sizes, order)
    return None


def _places(found: list[Sizes], sizes: Sequence[int], order: list[int]) -> list[list[int]]:
    by_size: dict[int, list[int]] = {}
    for place in order:
        by_size.setdefault(sizes[place], []).append(place)
    return [[by_size[size].pop() for size in bar] for bar in found]


class _Search:
    def __init__(self, room: int, random: Random) -> None:
        self._room = room
        self._random = random
        self._until = 0.0
        self._failed: set[tuple[int, int]] = set()

    def fill(self, sizes: Sizes, spare: int, until: float) -> list[Sizes] | None:
        """Bars for these sizes that together leave no more than `spare` empty. Raises `OutOfTime`."""
        self._until = until
        return self._fill(sizes, spare)

    def _fill(self, sizes: Sizes, spare: int) -> list[Sizes] | None:
        if not sizes:
            return []
        if perf_counter() > self._until:
            raise OutOfTime
        state = (hash(sizes), spare)  # the sizes themselves would take much memory, and a false match costs one try
        if state in self._failed:
            return None
        first, others = sizes[0], sizes[1:]
        for slack, chosen in self._completions(others, self._room - first, spare):
            left = list(others)
            for place in reversed(chosen):
                del left[place]
            found = self._fill(tuple(left), spare - slack)
            if found is not None:
                return [(first, *(others[place] for place in chosen)), *found]
        self._failed.add(state)
        return None

    def _completions(self, sizes: Sizes, room: int, spare: int) -> list[Completion]:
        """The fullest first; of those that are equally full, by chance rather what the others would take last."""
        found = _Completions(sizes, spare).of(room)
        rank = {each: number * self._random.random() for number, each in enumerate(found)}
        return sorted(found, key=lambda each: (each[0], rank[each]))


class _Completions:
    """The ways to fill a room with some of the sizes so that no more than `spare` of it stays empty."""

    def __init__(self, sizes: Sizes, spare: int) -> None:
        self._sizes = sizes
        self._falling = [-size for size in sizes]  # bisect wants them to rise
        self._behind = [*accumulate(reversed(sizes), initial=0)]
        self._spare = spare
        self._found: list[Completion] = []
        self._steps = 0

    def of(self, room: int) -> list[Completion]:
        self._go(0, room, ())
        return self._found

    def _go(self, place: int, room: int, chosen: tuple[int, ...]) -> None:
        if room <= self._spare:
            self._found.append((room, chosen))
        falling, count = self._falling, len(self._falling)
        place = bisect_left(falling, -room, place)
        while place < count and len(self._found) < MOST_COMPLETIONS and self._steps < MOST_STEPS:
            if self._behind[count - place] < room - self._spare:
                return
            self._steps += 1
            self._go(place + 1, room + falling[place], (*chosen, place))
            place = bisect_right(falling, falling[place], place)  # an equal one in its place would give the same
