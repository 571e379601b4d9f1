"""A label as it is drawn: dark boxes and lines of text, in millimetres from the upper left corner."""

from collections.abc import Sequence
from dataclasses import dataclass

from portico.apps.factory.labels.symbols import Symbol, bars, square

MARGIN = 2.0
BAR_HEIGHT = 14.0
TITLE, LINE, SMALL = 6.0, 4.0, 3.6
"""The sizes that the face is set in."""
LEADING = 1.25
CHARACTER = 0.602
"""The width of a character for the size, in the monospaced face: so one knows what fits."""
SMALLEST = 2.4
"""Below this size nobody reads it: what is still too long is cut off."""


@dataclass(frozen=True)
class Label:
    """What a label says. `wants_square` asks for a QR code; a linear one is made where it fits."""

    code: str
    title: str
    lines: Sequence[str]
    width: float
    height: float
    wants_square: bool = False


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Text:
    """`y` is the base line."""

    x: float
    y: float
    size: float
    text: str
    is_bold: bool = False


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    boxes: tuple[Box, ...]
    texts: tuple[Text, ...]
    title: str


def draw(label: Label) -> Drawing:
    space = label.width - 2 * MARGIN
    symbol = None if label.wants_square else bars(label.code, space)
    if symbol is not None:
        module = min(space / symbol.width, 0.5)
        left = MARGIN + (space - module * symbol.width) / 2
        boxes = _boxes(symbol, left, MARGIN, module, BAR_HEIGHT)
        below = MARGIN + BAR_HEIGHT + SMALL * LEADING
        texts = [Text(MARGIN, below, _fitting(label.code, SMALL, space), label.code)]
        texts += _texts(label, MARGIN, below + 1, space)
    else:
        symbol = square(label.code)
        size = min(label.height, label.width / 2)
        boxes = _boxes(symbol, 0, (label.height - size) / 2, size / symbol.width, size / symbol.width)
        texts = _texts(label, size, MARGIN, label.width - size - MARGIN)
    return Drawing(label.width, label.height, tuple(boxes), tuple(texts), label.title)


def _boxes(symbol: Symbol, left: float, top: float, module: float, height: float) -> list[Box]:
    return [
        Box(left + start * module, top + number * height, length * module, height)
        for number, row in enumerate(symbol.rows)
        for start, length in row
    ]


def _texts(label: Label, left: float, top: float, space: float) -> list[Text]:
    """The title and the lines, as far as the label goes."""
    found = []
    for number, line in enumerate([label.title, *(line for line in label.lines if line)]):
        text = "".join(letter if letter.isprintable() else " " for letter in line).strip()
        size = _fitting(text, LINE if number else TITLE, space)
        top += size * LEADING
        if top > label.height - MARGIN / 2:
            break
        found.append(Text(left, top, size, _cut(text, size, space), is_bold=not number))
    return found


def _fitting(text: str, size: float, space: float) -> float:
    return max(SMALLEST, min(size, space / (CHARACTER * max(1, len(text)))))


def _cut(text: str, size: float, space: float) -> str:
    most = int(space / (CHARACTER * size) + 1e-6)
    return text if len(text) <= most else text[: most - 1] + "…"
