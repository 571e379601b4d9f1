"""Numbers as pictures: where bars stand, computed here and drawn by the templates as SVG. Texts say the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

WIDTH = 900
BAR_ROW = 58
MOST_BARS = 60
CHARACTER = 8.5
"""As wide as one of a text; what does not fit into its cut stands in the table alone."""


@dataclass(frozen=True)
class Bar:
    """`width` is in hundredths of the picture's."""

    name: str
    text: str
    width: float
    is_worst: bool = False


@dataclass(frozen=True)
class Bars:
    """`mark` is where 100 % stands: at the end, or before it where something goes past."""

    bars: Sequence[Bar]
    mark: float | None = None


def ratios(named: Mapping[str, float | None]) -> Bars:
    """Parts of a whole. One above 100 % goes past the mark: it is not cut off."""
    top = max([1.0, *(value for value in named.values() if value is not None)])
    bars = [
        Bar(name, "no data" if value is None else f"{100 * value:.1f} %", round(100 * (value or 0) / top, 2))
        for name, value in named.items()
    ]
    return Bars(bars, mark=round(100 / top, 2))


def amounts(rows: Sequence[Mapping[str, Any]]) -> Bars:
    """Losses in minutes; the first is the biggest."""
    top = max([1.0, *(row["minutes"] for row in rows)])
    return Bars([
        Bar(row["reason"], f"{row['minutes']:.0f} min", round(100 * max(0.0, row["minutes"]) / top, 2), not number)
        for number, row in enumerate(rows)
    ])  # fmt: skip


@dataclass(frozen=True)
class Segment:
    x: float
    width: float
    look: str
    text: str


@dataclass(frozen=True)
class CutBar:
    name: str
    y: int
    width: float
    text: str
    segments: Sequence[Segment]


def cut_bars(plan: Mapping[str, Any]) -> tuple[Sequence[CutBar], int]:
    """The first bars of a cut plan to scale: trim, pieces, kerfs and the rest. Also the picture's height."""
    longest = max((Decimal(bar["length"]) for bar in plan["plan"]), default=Decimal(1))
    scale = (WIDTH - 2) / float(longest)
    found = [_cut_bar(bar, number, scale, plan) for number, bar in enumerate(plan["plan"][:MOST_BARS])]
    return found, len(found) * BAR_ROW


def _cut_bar(bar: Mapping[str, Any], number: int, scale: float, plan: Mapping[str, Any]) -> CutBar:
    kerf, at = float(plan["kerf"]) * scale, float(plan["trim"]) * scale
    segments = []
    for cut in bar["cuts"]:
        width = float(cut["length"]) * scale
        segments.append(Segment(round(at, 2), round(width, 2), "cut", _fitting(f"{float(cut['length']):g}", width)))
        segments.append(Segment(round(at + width, 2), round(max(kerf, 1), 2), "kerf", ""))
        at += width + kerf
    rest = float(bar["rest"])
    if rest * scale >= 1:
        text = _fitting(f"{rest:g}{' kept' if bar['is_remnant'] else ''}", rest * scale)
        segments.append(Segment(round(at, 2), round(rest * scale, 2), "left", text))
    pieces = len(bar["cuts"])
    said = f"{bar['bar_id']}: {float(bar['length']):g} mm, {pieces} pieces, rest {rest:g} mm"
    return CutBar(said, number * BAR_ROW, round(float(bar["length"]) * scale, 2), said, segments)


def _fitting(text: str, width: float) -> str:
    return text if len(text) * CHARACTER <= width else ""
