"""Barcodes as dark modules: Code 128 where it is not too fine for its label, else QR. Libraries encode; others draw."""

from dataclasses import dataclass
from itertools import groupby

import segno
from barcode.codex import Code128  # type: ignore[import-untyped]  # it has no annotations

QUIET_BARS, QUIET_SQUARE = 10, 4
"""Modules that stay white on each side: ISO/IEC 15417 and 18004."""
FINEST = 0.19
"""The narrowest bar in millimetres, 7.5 thousandths of an inch: what scanners and printers of a shop floor manage."""

Run = tuple[int, int]
"""Where dark modules of a row begin, and how many they are."""


@dataclass(frozen=True)
class Symbol:
    """`width` counts the white margin on both sides. A linear symbol has one row, to be drawn as high as one likes."""

    rows: tuple[tuple[Run, ...], ...]
    width: int
    is_square: bool


def bars(code: str, width: float) -> Symbol | None:
    """Code 128 for a space of so many millimetres; None where it does not fit, or cannot say this."""
    if not code.isascii() or not code.isprintable():
        return None
    modules = Code128(code).build()[0]
    symbol = Symbol((_runs(modules, QUIET_BARS),), len(modules) + 2 * QUIET_BARS, is_square=False)
    return symbol if width / symbol.width >= FINEST else None


def square(code: str) -> Symbol:
    """A QR code of error correction level M: it is read with a seventh of it dirty."""
    rows = ["".join("1" if dark else "0" for dark in row) for row in segno.make(code, error="m", micro=False).matrix]
    return Symbol(tuple(_runs(row, QUIET_SQUARE) for row in rows), len(rows) + 2 * QUIET_SQUARE, is_square=True)


def _runs(modules: str, start: int) -> tuple[Run, ...]:
    found = []
    for module, group in groupby(modules):
        length = len(list(group))
        if module == "1":
            found.append((start, length))
        start += length
    return tuple(found)
