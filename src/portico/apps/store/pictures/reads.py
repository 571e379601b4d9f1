"""The drawings, read once."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("drawings")


def drawing(name: str) -> bytes | None:
    """The SVG of a picture. The name comes from a request, so it is looked up and never made part of a path."""
    return _drawings().get(name)


@cache
def _drawings() -> dict[str, bytes]:
    return {file.stem: file.read_bytes() for file in FOLDER.glob("*.svg")}
