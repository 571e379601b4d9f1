"""How much material every plan needs at least."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from math import gcd

from portico.apps.factory.cut_plans.packing import fullest
from portico.apps.factory.cut_plans.problem import Kind, Problem


def least_material(problem: Problem, sizes: Sequence[int]) -> int:
    """A lower bound for these sizes, in hundredths. The largest of those below."""
    if not sizes:
        return 0
    kinds = _as_full_as_can_be(problem.kinds, sizes)
    if len(kinds) == 1:
        return least_bars(sizes, kinds[0].room) * kinds[0].length
    return max(_by_volume(kinds, sum(sizes)), _by_large_parts(kinds, sizes))


def _as_full_as_can_be(kinds: Sequence[Kind], sizes: Sequence[int]) -> list[Kind]:
    """The kinds with no more room than some of the parts can fill; without those that are too short for any."""
    fills = fullest(sizes, {kind.room for kind in kinds})
    return [replace(kind, room=fills[kind.room]) for kind in kinds if fills[kind.room] > 0]


def least_bars(sizes: Sequence[int], room: int) -> int:
    """The bound L2 of Martello and Toth for bars of one length.

    Parts above half the room each need a bar. For each limit: who with it would overfill the bar is alone there, and
    the parts from the limit to half the room must go where the other large ones leave space.
    """
    rising = sorted(sizes)
    below = [*accumulate(rising, initial=0)]  # the sum of the sizes before a place
    half = bisect_right(rising, room // 2)
    least = 0
    for limit in {0, *rising[:half]}:
        start, end = bisect_left(rising, limit), bisect_right(rising, room - limit)
        small = below[half] - below[start]
        beside = (end - half) * room - (below[end] - below[half])
        least = max(least, len(rising) - half + max(0, -(-(small - beside) // room)))
    return least


def _by_volume(kinds: Sequence[Kind], total: int) -> int:
    """Parts of bars would do: those that give most room for their length first. A plan's material is a whole sum."""
    material = 0.0
    for kind in sorted(kinds, key=lambda each: each.length / each.room):
        taken = min(total, kind.room * kind.quantity)
        material += taken * kind.length / kind.room
        total -= taken
    step = gcd(*(kind.length for kind in kinds))
    return -int(-(material - 1e-6) // step) * step


def _by_large_parts(kinds: Sequence[Kind], sizes: Sequence[int]) -> int:
    """Of the parts above half the longest bar, each needs a bar that is long enough: the shortest that there is."""
    half = max(kind.room for kind in kinds) / 2
    free = {number: kind.quantity for number, kind in enumerate(kinds)}
    material = 0
    for size in sorted((size for size in sizes if size > half), reverse=True):
        enough = [number for number, kind in enumerate(kinds) if kind.room >= size and free[number] > 0]
        if enough:  # else the part is left over
            free[enough[0]] -= 1
            material += kinds[enough[0]].length
    return material
