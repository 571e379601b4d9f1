"""The drawings, read once."""

from functools import cache
from pathlib import Path
from typing import LiteralString

ADDRESS: LiteralString = """
    CASE WHEN {column} ^@ '/' AND NOT {column} ^@ '//' THEN %(base)s || {column} ELSE {column} END"""
"""SQL for an image as callers get it: a picture of ours is stored as a path, and `base` goes before it."""

FOLDER = Path(__file__).with_name("drawings")


def drawing(name: str) -> bytes | None:
    """The SVG of this name, such as `1.svg`. The name comes from a request: it is never made part of a path."""
    return _drawings().get(name)


@cache
def _drawings() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in FOLDER.glob("*.svg")}
