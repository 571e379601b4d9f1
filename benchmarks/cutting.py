"""`python -m benchmarks.cutting binpack2.txt binpack5.txt`: how good cut plans are, and how long they take.

The files are bin packing instances as the OR-Library has them, with the fewest bins that are known for each: the number
of instances, then for each its name, the bar's length, how many pieces there are, the bars, and the pieces' lengths.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from portico.apps.factory.cut_plans.problem import Part, Stock
from portico.apps.factory.cut_plans.solver import Plan, solve
from portico.apps.factory.cut_plans.solving import SECONDS

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Instance:
    name: str
    bar: Decimal
    lengths: list[Decimal]
    best: int


def main(files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)]) -> None:
    table = Table("file", "instances", "bars", "best known", "above it", "worst plan", "slowest")
    for file in files:
        bars = best = worst = 0
        slowest = 0.0
        found = list(instances(file.read_text().split()))
        for each in found:
            taken, seconds = _bars(each)
            typer.echo(f"{each.name}: {taken} bars, best known {each.best}, {seconds:.2f} s")
            bars, best = bars + taken, best + each.best
            worst, slowest = max(worst, taken - each.best), max(slowest, seconds)
        above = f"{100 * (bars / best - 1):.2f}%"
        table.add_row(file.name, str(len(found)), str(bars), str(best), above, f"+{worst}", f"{slowest:.2f} s")
    Console().print(table)


def instances(words: list[str]) -> Iterator[Instance]:
    place = 1
    for _ in range(int(words[0])):
        name, bar, count, best = words[place : place + 4]
        place += 4
        lengths = [Decimal(word) for word in words[place : place + int(count)]]
        place += int(count)
        yield Instance(name, Decimal(bar), lengths, int(best))


def _bars(instance: Instance) -> tuple[int, float]:
    parts = [Part(number, length) for number, length in enumerate(instance.lengths)]
    began = perf_counter()
    plan = solve(
        [Stock(instance.bar)], parts, kerf=NOTHING, trim=NOTHING, min_remnant=NOTHING, seconds=SECONDS
    )  # fmt: skip
    seconds = perf_counter() - began
    _check(plan, instance)
    return len(plan.bars), seconds


def _check(plan: Plan, instance: Instance) -> None:
    cut = sorted(part.key for bar in plan.bars for part in bar.cuts)
    if cut != list(range(len(instance.lengths))) or any(
        sum(part.length for part in bar.cuts) > instance.bar for bar in plan.bars
    ):
        raise RuntimeError(f"{instance.name}: the plan does not hold")


if __name__ == "__main__":
    typer.run(main)
