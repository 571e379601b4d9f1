"""Packing bars one after the other, each as full as can be.

The sums that some of the parts can have are the bits of one number: a part of size s adds `sums << s`. So the fullest
bar of every length is found at once, and exactly. The largest part goes first into each bar; else the small ones are
used up early, and the large ones are left with nothing to fill their bars.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from random import Random

from portico.apps.factory.cut_plans.problem import Load, Problem

MOST_CHOICES = 16
"""Parts looked at for one bar, of all sizes. They are enough to fill it, and with more of them the first bars take the
parts with which later ones could have been filled: measured, with 80 a plan for 2,000 parts needs 3 % more bars.
"""


class Packer:
    def __init__(self, problem: Problem, random: Random) -> None:
        self._problem = problem
        self._random = random

    def pack(
        self, parts: Iterable[int], free: Sequence[int], *, noise: float = 0, most: int | None = None
    ) -> tuple[list[Load], list[int]] | None:
        """Loads for these parts, of the free bars of each kind, and the parts that are left over.

        `noise` blurs what is thought good, so that one finds something else each time. Nothing where it takes more
        than `most` of material.
        """
        sizes, kinds = self._problem.sizes, self._problem.kinds
        rest = sorted(parts, key=sizes.__getitem__)
        free, loads, left, material = list(free), [], [], 0
        while rest:
            first = rest.pop()
            rooms = self._rooms(sizes[first], free)
            if not rooms:
                left.append(first)
                continue
            fitting = rest[: bisect_right(rest, max(rooms.values()), key=sizes.__getitem__)]
            load = self._fullest(first, self._choices(fitting, noise), rooms, noise)
            loads.append(load)
            free[load.kind] -= 1
            material += kinds[load.kind].length
            if most is not None and material > most:
                return None
            taken = set(load.parts)
            rest = [part for part in rest if part not in taken]
        return loads, left

    def _choices(self, rest: list[int], noise: float) -> list[int]:
        """What may go beside the first part; the later one stands, the rather it is taken."""
        if len(rest) > MOST_CHOICES:
            step = len(rest) / MOST_CHOICES
            start = self._random.random() * step
            rest = [rest[int(start + number * step)] for number in range(MOST_CHOICES)]
        if not noise:
            return rest
        sizes, random = self._problem.sizes, self._random.random
        return sorted(rest, key=lambda part: sizes[part] * (1 + noise * random()))

    def _rooms(self, size: int, free: Sequence[int]) -> dict[int, int]:
        """What a part of this size leaves of a bar of each kind that it fits into."""
        return {
            number: kind.room - size
            for number, kind in enumerate(self._problem.kinds)
            if free[number] > 0 and kind.room >= size
        }

    def _fullest(self, first: int, choices: list[int], rooms: dict[int, int], noise: float) -> Load:
        """The bar with this part that gives most for its material."""
        sizes = self._problem.sizes
        steps = list(_sums([sizes[part] for part in choices], rooms.values()))
        fills = {number: _highest(steps[-1], room) for number, room in rooms.items()}
        best = min(fills, key=lambda number: self._price(number, sizes[first] + fills[number], noise))
        others = _chosen(choices, sizes, steps, fills[best])
        return Load(best, (first, *others), rooms[best] - fills[best])

    def _price(self, kind: int, filled: int, noise: float) -> float:
        blur = 1 + noise * self._random.random() if noise and len(self._problem.kinds) > 1 else 1
        return self._problem.kinds[kind].length / filled * blur


def fullest(sizes: Iterable[int], rooms: set[int]) -> dict[int, int]:
    """By each room, the largest sum of some of the sizes that is not above it."""
    sums = deque(_sums(sizes, rooms), maxlen=1).pop()
    return {room: _highest(sums, room) for room in rooms}


def _sums(sizes: Iterable[int], rooms: Collection[int]) -> Iterator[int]:
    """The sums that can be had of none of the sizes, of the first one, of the first two, and so on.

    It ends where every room can be filled: more sizes would tell nothing more.
    """
    mask = (2 << max(rooms)) - 1
    full = 0
    for room in rooms:
        full |= 1 << room
    sums = 1
    yield sums
    for size in sizes:
        sums = (sums | sums << size) & mask
        yield sums
        if sums & full == full:
            return


def _highest(sums: int, room: int) -> int:
    return (sums & ((2 << room) - 1)).bit_length() - 1


def _chosen(choices: list[int], sizes: Sequence[int], steps: list[int], fill: int) -> list[int]:
    """Parts with that sum."""
    found = []
    for number in range(len(steps) - 2, -1, -1):
        size = sizes[choices[number]]
        if fill >= size and steps[number] >> (fill - size) & 1:
            found.append(choices[number])
            fill -= size
    return found
