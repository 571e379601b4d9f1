"""`python -m benchmarks.chart RESULTS.json CHART.svg`: the numbers of a run as a picture, in requests a second."""

import json
import sys
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

TITLES = {
    "detail": "product detail",
    "list": "list, 10 of 20,000",
    "category": "list by category",
    "cart": "cart PATCH",
    "login": "log-in",
}
NAMES = {
    "portico": "Portico",
    "fastapi": "FastAPI + ORM",
    "drf": "Django REST Framework",
    "limit": "bare ASGI + driver",
}
WIDTH, LABEL, ROW, GAP = 760, 300, 20, 14

STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #24292f; } .group { font-weight: 600; } .quiet { fill: #6e7781; }
    .portico { fill: #0a7d5a; } .fastapi, .drf { fill: #9aa4af; } .limit { fill: #d5dae0; }
    @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3; } .quiet { fill: #9198a1; } .portico { fill: #3fb98c; }
        .fastapi, .drf { fill: #6e7681; } .limit { fill: #3d444d; }
    }"""


def main(results: Path, chart: Path) -> None:
    found = json.loads(results.read_text())["results"]
    chart.write_text(svg({name: list(group) for name, group in groupby(found, key=lambda one: one["scenario"])}))


def svg(scenarios: dict[str, list[dict[str, Any]]]) -> str:
    """A group of bars a scenario; the longest of a group has the full width, since scenarios differ a hundredfold."""
    parts: list[str] = []
    y = GAP
    for name, results in scenarios.items():
        most = max(one["per_second"] for one in results)
        for position, one in enumerate(sorted(results, key=lambda one: list(NAMES).index(one["contestant"]))):
            if position == 0:
                parts.append(f'<text class="group" x="0" y="{y + 14}">{escape(TITLES.get(name, name))}</text>')
            parts += bar(one, most, y)
            y += ROW
        y += GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img">'
    title = "<title>Requests a second of Portico, its peers and the limit</title>"
    return "\n".join([head, title, f"<style>{STYLE}</style>", *parts, "</svg>\n"])


def bar(one: dict[str, Any], most: float, y: int) -> list[str]:
    speed, contestant = one["per_second"], one["contestant"]
    length = max(2.0, (WIDTH - LABEL - 70) * speed / most)
    shown = f"{speed:,.0f}" if speed >= 100 else f"{speed:.1f}"
    return [
        f'<text class="quiet" x="{LABEL - 10}" y="{y + 14}" text-anchor="end">{NAMES[contestant]}</text>',
        f'<rect class="{contestant}" x="{LABEL}" y="{y + 2}" width="{length:.0f}" height="{ROW - 5}" rx="2"/>',
        f'<text x="{LABEL + length + 8:.0f}" y="{y + 14}">{shown}</text>',
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
