"""A judge of cut plans that shares no line with the solver, and instances like those of the literature."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from random import Random

from portico.apps.factory.cut_plans.problem import Part, Stock
from portico.apps.factory.cut_plans.solver import Plan, solve

D = Decimal


def planned(
    stock: Sequence[Stock], lengths: Sequence[Decimal | int | str], *, kerf: str = "0", trim: str = "0",
    keep: str = "0", seconds: float = 6,
) -> Plan:  # fmt: skip
    """A plan for these lengths that has passed the judge. It is there long before the time is over."""
    parts = [Part(key, D(length)) for key, length in enumerate(lengths)]
    plan = solve(stock, parts, kerf=D(kerf), trim=D(trim), min_remnant=D(keep), seconds=seconds)
    judge(plan, stock, parts, kerf=D(kerf), trim=D(trim), keep=D(keep))
    return plan


def judge(
    plan: Plan, stock: Sequence[Stock], parts: Sequence[Part], *, kerf: Decimal, trim: Decimal, keep: Decimal
) -> None:
    """Walk along each bar with the saw. Each part is cut once or left over, and no stock gives more than it has."""
    for bar in plan.bars:
        assert bar.cuts
        assert bar.length == stock[bar.stock].length
        end, at = bar.length - trim, trim
        for number, part in enumerate(bar.cuts):
            at += part.length
            assert at <= end, f"the piece {number} of {bar} ends behind the bar's usable part"
            if number < len(bar.cuts) - 1:
                at += kerf
        assert bar.rest == max(D(0), end - at - kerf)
        assert bar.is_kept == (bar.rest > 0 and bar.rest >= keep)
    cut = Counter(part for bar in plan.bars for part in bar.cuts)
    assert cut + Counter(plan.left_over) == Counter(parts)
    used = Counter(bar.stock for bar in plan.bars)
    for place, each in enumerate(stock):
        assert each.quantity is None or used[place] <= each.quantity
    if not plan.left_over:
        assert plan.bound <= material(plan)


def material(plan: Plan) -> Decimal:
    return sum((bar.length for bar in plan.bars), D(0))


def uniform(random: Random, count: int = 250) -> tuple[Stock, list[Decimal]]:
    """Lengths from 20 to 100 for bars of 150, as in the class u of Falkenauer."""
    return Stock(D(150)), [D(random.randint(20, 100)) for _ in range(count)]


def triplets(random: Random, bars: int = 20) -> tuple[Stock, list[Decimal]]:
    """Three lengths fill each bar exactly, and any waste costs one more: as in the class t of Falkenauer."""
    lengths = []
    for _ in range(bars):
        first = random.randint(380, 490)
        second = random.randint(250, (1000 - first) // 2)
        lengths += [first, second, 1000 - first - second]
    random.shuffle(lengths)
    return Stock(D(100)), [D(length) / 10 for length in lengths]
