"""Pictures of text, read by Tesseract where that is installed."""

import os
import shutil
import subprocess
from typing import IO

from PIL import Image

from portico.apps.audit.extraction.findings import Findings, Unreadable

PROGRAM = "tesseract"
MOST_PIXELS = 60_000_000
PATIENCE = 50  # seconds


def read(file: IO[bytes], extension: str, findings: Findings) -> None:
    """Raises `Unreadable`."""
    with Image.open(file) as picture:
        width, height = picture.size
    findings.numbers |= {"pages": 1, "width": width, "height": height}
    if width * height > MOST_PIXELS:
        raise Unreadable(f"It has {width} x {height} pixels; up to {MOST_PIXELS:,} are read.")
    program = shutil.which(PROGRAM)
    if program is None:
        raise Unreadable("Tesseract is not installed on the server, so no text was read from this picture.")
    findings.text(1, "", _recognised(program, file))


def _recognised(program: str, file: IO[bytes]) -> str:
    file.seek(0)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    try:
        done = subprocess.run(  # noqa: S603 - the program that the operator has installed
            [program, "stdin", "stdout"], stdin=file, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(f"Tesseract has read it for more than {PATIENCE} seconds.") from None
    if done.returncode != 0:
        raise Unreadable("Tesseract cannot read it.")
    return done.stdout.decode(errors="replace")
