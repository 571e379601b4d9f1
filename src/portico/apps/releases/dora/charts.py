"""A trend as a picture: where the bars of a chart stand, computed here and drawn by the template as SVG.

A bucket without data has no bar but an empty outline on the axis: it is not 0. The same numbers stand in a table
beside the chart, so nobody needs the picture.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, log10
from typing import Any

from portico.apps.releases.formats import duration

WIDTH, HEIGHT = 360, 150
LEFT, RIGHT, TOP, BOTTOM = 56, 6, 8, 24
"""Around the bars: for the texts of the axes."""
MOST_LABELS = 4
STEPS = (1, 2, 2.5, 5, 10)
CLOCK = (60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400)
"""Steps of a scale in seconds that read well; above the last one they are days."""


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    is_empty: bool
    text: str


@dataclass(frozen=True)
class Mark:
    """A text of an axis, and where it stands."""

    at: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Chart:
    bars: Sequence[Bar]
    levels: Sequence[Mark]
    dates: Sequence[Mark]
    description: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


def chart(metric: Mapping[str, Any], bucket: str) -> Chart:
    """The trend of a metric as it was read; `bucket` is week or month."""
    trend, unit = metric["trend"], metric["unit"]
    values = [part["value"] for part in trend]
    step = _step(max((each for each in values if each is not None), default=0) / 2, unit)
    top = max(step, step * ceil(max((each or 0 for each in values), default=0) / step))
    room, space = HEIGHT - TOP - BOTTOM, (WIDTH - LEFT - RIGHT) / max(1, len(trend))
    bars = [
        _bar(LEFT + number * space, space, (value or 0) / top * room, value, _said(part, unit, bucket))
        for number, (part, value) in enumerate(zip(trend, values, strict=True))
    ]
    levels = [
        Mark(HEIGHT - BOTTOM - room * level / top, written(level, unit)) for level in _levels(top, step)
    ]  # fmt: skip
    return Chart(bars, levels, _dates(trend, space, bucket), _description(metric, values, bucket))


def written(value: float | None, unit: str) -> str:
    """A value with its unit, as people read it."""
    if value is None:
        return "no data"
    if unit == "seconds":
        return duration(value)
    if unit == "percent":
        return f"{value:g} %"
    return f"{value:g} {'day' if value == 1 else 'days'}"


def day(at: datetime, bucket: str) -> str:
    return f"{at:%b %Y}" if bucket == "month" else f"{at.day} {at:%b}"


def last_day(end: datetime) -> datetime:
    """The day that a half-open time ends on."""
    return end - timedelta(microseconds=1)


def _bar(x: float, space: float, height: float, value: float | None, text: str) -> Bar:
    gap = min(3.0, space * 0.2)
    height = 6 if value is None else max(height, 1)
    left, width = round(x + gap / 2, 1), round(space - gap, 1)
    return Bar(left, round(HEIGHT - BOTTOM - height, 1), width, round(height, 1), value is None, text)


def _step(about: float, unit: str) -> float:
    """A round distance between two levels that is not below this one."""
    if unit == "seconds":
        found = next((each for each in CLOCK if each >= about), None)
        return found or 86400 * _step(about / 86400, "")
    if about <= 1:
        return 1
    size = 10.0 ** int(log10(about))
    return next(each * size for each in STEPS if each * size >= about - 1e-9)


def _levels(top: float, step: float) -> list[float]:
    return [number * step for number in range(round(top / step) + 1)]


def _dates(trend: Sequence[Mapping[str, Any]], space: float, bucket: str) -> list[Mark]:
    """As many as have room; the one at the left edge begins there."""
    every = max(1, ceil(len(trend) / MOST_LABELS))
    return [
        Mark(LEFT + (number + 0.5) * space if number else LEFT, day(trend[number]["from"], bucket),
             "middle" if number else "start")
        for number in range(0, len(trend), every)
    ]  # fmt: skip


def _said(part: Mapping[str, Any], unit: str, bucket: str) -> str:
    return f"{'Month' if bucket == 'month' else 'Week'} from {part['from']:%Y-%m-%d}: {written(part['value'], unit)}"


def _description(metric: Mapping[str, Any], values: Sequence[float | None], bucket: str) -> str:
    known = [each for each in values if each is not None]
    if not known:
        return f"There is no data for any {bucket}."
    low, high = written(min(known), metric["unit"]), written(max(known), metric["unit"])
    return f"{len(values)} {bucket}s; between {low} and {high}, {len(values) - len(known)} of them without data."
