"""Making a plan better: a few bars are emptied and packed anew, again and again; what is not worse stays.

While material may still be saved, good is what leaves most in few bars: one that is nearly empty is soon quite empty.
After that, good is what leaves most to be kept.
"""

from collections.abc import Iterable
from random import Random
from time import perf_counter

from portico.apps.factory.cut_plans.packing import Packer
from portico.apps.factory.cut_plans.problem import Load, Problem

MOST_BARS = 6
NOISES = (0.05, 0.2, 0.5, 1.0)
PATIENCE = 400
"""Tries without a better plan, after which this one counts as good enough: for material so many for each bar."""

Key = tuple[int, int, int, int]


class Improvement:
    """A plan while it is made better: `loads`, and the parts `left` for which there is no bar."""

    def __init__(self, problem: Problem, loads: Iterable[Load], left: Iterable[int], random: Random) -> None:
        self._problem = problem
        self._random = random
        self._packer = Packer(problem, random)
        self._saves_material = True
        self.loads = list(loads)
        self.left = list(left)
        self._free = [kind.quantity for kind in problem.kinds]
        for load in self.loads:
            self._free[load.kind] -= 1
        self.material = sum(problem.kinds[load.kind].length for load in self.loads)

    def save_material(self, least: int, until: float) -> None:
        """Go on until all parts are placed with the least material, or nothing better has been found for long."""
        self._saves_material = True
        tries = 0
        most = PATIENCE * len(self.loads)
        while (self.left or self.material > least) and tries < most and perf_counter() < until:
            tries = 0 if self._try() else tries + 1

    def keep_more(self, until: float) -> None:
        """Go on until nothing better has been found for long."""
        self._saves_material = False
        tries = 0
        while tries < PATIENCE and perf_counter() < until:
            tries = 0 if self._try() else tries + 1

    def _try(self) -> bool:
        """Pack some bars anew. Whether that is better; as good is taken too."""
        chosen = self._some()
        loads = [self.loads[number] for number in chosen]
        old = self._key(loads, self.left)
        parts = [part for load in loads for part in load.parts] + self.left
        free = self._free.copy()
        for load in loads:
            free[load.kind] += 1
        most = None if self.left else old[1]
        found = self._packer.pack(parts, free, noise=self._random.choice(NOISES), most=most)
        if found is None:
            return False
        new = self._key(*found)
        if new <= old:
            self._replace(chosen, *found)
            self.material += new[1] - old[1]
        return new < old

    def _some(self) -> list[int]:
        """Bars by chance, and often one that is emptier than others."""
        numbers, random = range(len(self.loads)), self._random
        chosen = set(random.sample(numbers, min(random.randint(1, MOST_BARS), len(numbers))))
        if numbers and random.random() < 0.7:
            some = random.sample(numbers, min(12, len(numbers)))
            chosen.add(max(some, key=lambda number: self.loads[number].slack))
        return sorted(chosen, reverse=True)

    def _key(self, loads: Iterable[Load], left: Iterable[int]) -> Key:
        """Less is better: parts that are left over, material, and then less negative what remains of the bars."""
        problem = self._problem
        rests = [problem.rest(load.slack) for load in loads]
        kept = 0 if self._saves_material else sum(rest for rest in rests if problem.is_kept(rest))
        return (
            sum(problem.sizes[part] for part in left),
            sum(problem.kinds[load.kind].length for load in loads),
            -kept,
            -sum(rest * rest for rest in rests),
        )

    def _replace(self, chosen: list[int], loads: list[Load], left: list[int]) -> None:
        for number in chosen:  # from the last to the first
            self._free[self.loads.pop(number).kind] += 1
        for load in loads:
            self._free[load.kind] -= 1
        self.loads += loads
        self.left = left
