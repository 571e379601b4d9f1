"""What a reader finds: pieces of text with the pages they are on, and numbers. Or why the file cannot be read."""

import json
from collections.abc import Iterator
from typing import IO, Any

PIECE = 1000  # characters
OVERLAP = 150  # characters that a piece has in common with the one before: what is looked for may lie on the border
MOST_TEXT = 20_000_000  # characters of one document


class Unreadable(Exception):
    """The reason is a sentence for whoever uploaded the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Findings:
    """Writes pieces as lines of JSON while a reader finds them, and the numbers at the end."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._characters = 0
        self.numbers: dict[str, Any] = {"pieces": 0}
        self.notes: list[str] = []

    def text(self, page: int, title: str, text: str) -> None:
        """Raises `Unreadable` where it is more than anybody would search."""
        clean = _storable(text)
        self._characters += len(clean)
        if self._characters > MOST_TEXT:
            raise Unreadable(f"There are more than {MOST_TEXT:,} characters of text in it.")
        for piece in pieces(clean):
            self.numbers["pieces"] += 1
            self._write({"page": page, "title": _storable(title)[:200], "text": piece})

    def end(self) -> None:
        self._write({"numbers": self.numbers, "notes": self.notes})

    def refuse(self, reason: str) -> None:
        self._write({"reason": reason})

    def _write(self, line: dict[str, Any]) -> None:
        self._out.write(json.dumps(line) + "\n")


def pieces(text: str, *, size: int = PIECE, overlap: int = OVERLAP) -> Iterator[str]:
    """A text in parts of up to `size` characters that end between words and have a little in common."""
    start, text = 0, text.strip()
    while start < len(text):
        end = _end(text, start, size)
        piece = text[start:end].strip()
        if piece:
            yield piece
        if end >= len(text):
            return
        start = max(start + 1, _beginning(text, end - overlap, end))


def _end(text: str, start: int, size: int) -> int:
    """At the end of a paragraph, a line or a word in the second half; else in the middle of what has no blanks."""
    end = start + size
    if end >= len(text):
        return len(text)
    for border in ("\n\n", "\n", " "):
        found = text.rfind(border, start + size // 2, end)
        if found != -1:
            return found + len(border)
    return end


def _beginning(text: str, start: int, end: int) -> int:
    """The first word that begins behind `start`."""
    found = next((place for place in range(start, end) if text[place].isspace()), None)
    return start if found is None else found + 1


def _storable(text: str) -> str:
    """Without NUL, which PostgreSQL cannot store, and lone surrogates, which are no characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
