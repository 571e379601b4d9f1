"""The measurements, and the one table made of them."""

from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from rich.table import Table

from benchmarks.scenarios import SCENARIOS
from benchmarks.servers import Contestant

MEASURED = ("per_second", "p50_ms", "p99_ms", "client_cpu")


@dataclass
class Series:
    """All rounds of one contestant in one scenario: the generator's results with the memory after each."""

    scenario: str
    contestant: str
    samples: list[dict[str, Any]] = field(default_factory=list)

    def middle(self, name: str) -> float:
        """The median over the rounds of what is the median or the percentile of one round."""
        return median(sample[name] for sample in self.samples)

    @property
    def errors(self) -> Counter[str]:
        return sum((Counter(sample["errors"]) for sample in self.samples), Counter())

    def summary(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "contestant": self.contestant,
            **{name: round(self.middle(name), 2) for name in MEASURED},
            "pss_mib": round(self.middle("pss"), 1),
            "rss_mib": round(self.middle("rss"), 1),
            "errors": dict(self.errors),
            "rounds": [round(sample["per_second"], 1) for sample in self.samples],
        }


def results_table(series: list[Series], contestants: list[Contestant], title: str) -> Table:
    """One row per scenario and contestant."""
    table = Table(title=title, title_justify="left")
    table.add_column("scenario")
    table.add_column("contestant")
    for heading in ("req/s", "x DRF", "of limit", "p50 ms", "p99 ms", "memory MiB", "errors"):
        table.add_column(heading, justify="right")
    found = {(one.scenario, one.contestant): one for one in series if one.samples}
    for scenario in SCENARIOS:
        rows = [found[scenario.name, one.name] for one in contestants if (scenario.name, one.name) in found]
        if not rows:
            continue
        table.add_section()
        titles = {one.name: one.title for one in contestants}
        for position, one in enumerate(rows):
            heading = scenario.title if position == 0 else ""
            table.add_row(heading, titles[one.contestant], *cells(one, found))
    return table


def cells(one: Series, found: dict[tuple[str, str], Series]) -> list[str]:
    speed = one.middle("per_second")
    drf, limit = (found.get((one.scenario, name)) for name in ("drf", "limit"))
    errors = one.errors
    told = ", ".join(f"{number} x {reason}" for reason, number in errors.most_common())
    return [
        f"{speed:,.0f}" if speed >= 100 else f"{speed:.1f}",
        ratio(speed, drf, "{:.1f}"),
        ratio(speed, limit, "{:.0%}"),
        f"{one.middle('p50_ms'):.1f}",
        f"{one.middle('p99_ms'):.1f}",
        f"{one.middle('pss'):.0f}",
        f"[bold red]{told}[/]" if errors else "0",
    ]


def ratio(speed: float, other: Series | None, form: str) -> str:
    """Empty where there is nothing to compare with."""
    if other is None or other.middle("per_second") == 0:
        return ""
    return form.format(speed / other.middle("per_second"))
