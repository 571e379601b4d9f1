"""Numbers as pictures: where bars and marks stand, computed here and drawn by the templates as SVG.

No picture needs its colours: bars differ by hatching, what is expected is a line with diamonds. Each has its figures
in a table beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portico.apps.audit.formats import words

WIDTH, ROW = 720, 28
LEFT, RIGHT = 170, 150
"""Around horizontal bars: their names, and their figures, which take more room where they are longer."""
LETTER = 7.5
"""The room that a letter takes."""
HEIGHT, EDGE, FLOOR, CEILING = 300, 56, 26, 10
"""Of the picture of digits: its height, and the room at its left, below and above."""
MOST_LABELS = 18
AGES = {"not_due": "not due yet", "over_90": "over 90 days late"}
"""What ages are called; the others say their days."""


@dataclass(frozen=True)
class Bar:
    """`first` is the solid part of a bar, `second` the hatched one behind it."""

    label: str
    text: str
    y: int
    first: float
    second: float


@dataclass(frozen=True)
class Bars:
    name: str
    bars: Sequence[Bar]
    height: int
    description: str
    width: int = WIDTH
    left: int = LEFT


@dataclass(frozen=True)
class Digit:
    """How often a digit comes first: the bar is what was observed, the diamond what Benford's law expects."""

    label: str
    x: float
    width: float
    top: float
    expected: float
    is_labelled: bool
    text: str


@dataclass(frozen=True)
class Digits:
    name: str
    digits: Sequence[Digit]
    levels: Sequence[tuple[float, str]]
    description: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = EDGE
    floor: int = HEIGHT - FLOOR

    @property
    def line(self) -> str:
        """The points of what is expected, for a polyline."""
        return " ".join(f"{each.x + each.width / 2:.1f},{each.expected:.1f}" for each in self.digits)


def bars(name: str, rows: Sequence[tuple[str, int, int, str]]) -> Bars:
    """Of label, first part, second part, and the text that says both."""
    top = max([1, *(first + second for _, first, second, _ in rows)])
    right = max([RIGHT, *(len(text) * LETTER for *_, text in rows)])
    scale = (WIDTH - LEFT - right) / top
    found = [
        Bar(label, text, number * ROW + 5, round(first * scale, 1), round(second * scale, 1))
        for number, (label, first, second, text) in enumerate(rows)
    ]
    described = "; ".join(f"{label}: {text}" for label, _, _, text in rows) or "nothing"
    return Bars(name, found, max(1, len(rows)) * ROW, described)


def exceptions_by_test(rows: Sequence[Mapping[str, Any]]) -> Bars:
    """What is open is solid, what somebody has decided is hatched."""
    return bars("tests", [
        (words(row["test"]), row["open"], row["decided"], f"{row['open']} open, {row['decided']} decided")
        for row in rows if row["open"] + row["decided"]
    ])  # fmt: skip


def aging(ages: Sequence[Any]) -> Bars:
    """Open findings by the days that they are overdue: what is high or critical is solid, the rest is hatched."""
    return bars("aging", [
        (
            AGES.get(each.age, f"{each.age} days late"), each.high + each.critical, each.low + each.medium,
            _severities(each),
        )
        for each in ages
    ])  # fmt: skip


def digits(name: str, rows: Sequence[tuple[str, float, float]]) -> Digits:
    """Of digit, observed and expected part of all amounts."""
    top = max([0.01, *(max(observed, expected) for _, observed, expected in rows)]) * 1.05
    room, space = HEIGHT - FLOOR - CEILING, (WIDTH - EDGE) / max(1, len(rows))
    every = max(1, -(-len(rows) // MOST_LABELS))
    base = HEIGHT - FLOOR
    found = [
        Digit(
            label, round(EDGE + number * space + space * 0.1, 1), round(space * 0.8, 1),
            round(base - room * observed / top, 1), round(base - room * expected / top, 1), number % every == 0,
            f"{label}: observed {observed:.2%}, expected {expected:.2%}",
        )
        for number, (label, observed, expected) in enumerate(rows)
    ]  # fmt: skip
    step = next(each for each in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if top / each <= 7)
    levels = [(round(base - room * step * n / top, 1), f"{step * n:.1%}") for n in range(int(top / step) + 1)]
    worst = max(rows, key=lambda row: abs(row[1] - row[2]), default=("", 0.0, 0.0))
    described = f"{len(rows)} digits; the largest difference is at {worst[0]}" if rows else "no amounts"
    return Digits(name, found, levels, described)


def _severities(age: Any) -> str:
    named = ((name, getattr(age, name)) for name in ("critical", "high", "medium", "low"))
    return ", ".join(f"{count} {name}" for name, count in named if count) or "none"
