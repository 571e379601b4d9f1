"""Cut plans: which parts are cut from which bars, with the least material, and then the most of it left to be kept.

First each bar is packed as full as can be. Where all bars are equal and that took more than the lower bound, a search
looks for a plan that takes no more. Then bars are emptied and packed anew until the time is over.

What fits: trim + pieces + a kerf between each two of them + trim is not above the bar's length. What remains behind the
last piece, less one kerf, is the bar's rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from time import perf_counter

from portico.apps.factory.cut_plans.bounds import least_material
from portico.apps.factory.cut_plans.completion import complete
from portico.apps.factory.cut_plans.improvement import Improvement
from portico.apps.factory.cut_plans.packing import Packer
from portico.apps.factory.cut_plans.problem import HUNDREDTHS, Load, Part, Problem, Stock, whole_problem

SEARCHED = (0.4, 0.1)
"""The parts of the time in which plans that take as much as the bound are searched for, and one bar more."""
SAVED = 0.9
"""The part of the time after which no more material is looked for."""
CHANCE = 1


@dataclass(frozen=True)
class Bar:
    """A bar of the stock with that place. `rest` is what remains of it, and `is_kept` whether that is long enough."""

    stock: int
    length: Decimal
    cuts: tuple[Part, ...]
    rest: Decimal
    is_kept: bool


@dataclass(frozen=True)
class Plan:
    """`bound` is the length of bars that every plan for the same parts needs at least."""

    bars: tuple[Bar, ...]
    left_over: tuple[Part, ...]
    bound: Decimal


def solve(
    stock: Sequence[Stock], parts: Sequence[Part], *, kerf: Decimal, trim: Decimal, min_remnant: Decimal, seconds: float
) -> Plan:
    """A plan. Where the stock is not enough, it cuts as much as it can, and tells the parts that are left over."""
    began = perf_counter()
    problem = whole_problem(stock, parts, kerf=kerf, trim=trim, min_remnant=min_remnant)
    longest = max((kind.room for kind in problem.kinds), default=0)
    fitting = [place for place, size in enumerate(problem.sizes) if size <= longest]
    least = least_material(problem, [problem.sizes[place] for place in fitting])
    random = Random(CHANCE)  # noqa: S311 - the same question gets the same answer, as far as time allows
    loads, left = _begin(problem, fitting, random, least, seconds)
    plan = Improvement(problem, loads, left, random)
    plan.save_material(least, began + SAVED * seconds)
    plan.keep_more(began + seconds)
    too_long = [place for place, size in enumerate(problem.sizes) if size > longest]
    return _told(problem, stock, parts, plan.loads, sorted(plan.left + too_long), least)


def _begin(
    problem: Problem, parts: Sequence[int], random: Random, least: int, seconds: float
) -> tuple[list[Load], list[int]]:
    """The first plan: bar by bar, or the one that the search has found."""
    packed = Packer(problem, random).pack(parts, [kind.quantity for kind in problem.kinds])
    loads, left = packed or ([], list(parts))
    kind = problem.kinds[0] if len(problem.kinds) == 1 else None
    if kind is None or least > kind.length * kind.quantity:
        return loads, left
    if not left and len(loads) * kind.length == least:
        return loads, left
    sizes = [problem.sizes[part] for part in parts]
    most = kind.quantity if left else min(kind.quantity, len(loads) - 1)
    for bars, part in enumerate(SEARCHED, least // kind.length):
        found = complete(sizes, kind.room, bars, seconds=part * seconds, random=random) if bars <= most else None
        if found is not None:
            return [_load(problem, [parts[place] for place in bar]) for bar in found], []
    return loads, left


def _load(problem: Problem, parts: Sequence[int]) -> Load:
    return Load(0, tuple(parts), problem.kinds[0].room - sum(problem.sizes[part] for part in parts))


def _told(
    problem: Problem, stock: Sequence[Stock], parts: Sequence[Part], loads: Sequence[Load], left: list[int], least: int
) -> Plan:
    """The plan in lengths: the long bars first, each cut from its longest piece to its shortest."""
    bars = []
    for load in sorted(loads, key=lambda each: (-problem.kinds[each.kind].length, each.slack)):
        place = problem.kinds[load.kind].stock
        cuts = sorted((parts[part] for part in load.parts), key=lambda part: (-part.length, part.key))
        rest = problem.rest(load.slack)
        bars.append(
            Bar(place, stock[place].length, tuple(cuts), _length(rest * problem.unit), problem.is_kept(rest))
        )  # fmt: skip
    return Plan(tuple(bars), tuple(parts[place] for place in left), _length(least))


def _length(hundredths: int) -> Decimal:
    return Decimal(hundredths) / HUNDREDTHS
