"""Reading a document in a process of its own, with limits of time and memory: its pages of text, or why there are none.

The process gets the file and a place for what it finds, and nothing else: no database, no settings, no secrets.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

SECONDS = 60.0
COMMAND = (sys.executable, "-P", "-s", "-m", "portico.apps.audit.extraction.process")
SOURCE = str(Path(__file__).parents[4])
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "SYSTEMROOT")
# Threads of libraries that compute would each take memory of their own.
SINGLE = {"OPENBLAS_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Extracted:
    """`pieces` can be gone through once: `page`, `title` and `text` of each. Without a reason, all of it was read."""

    reason: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    pieces: Iterator[dict[str, Any]] = field(default_factory=lambda: iter(()))


@asynccontextmanager
async def extracted(file: IO[bytes], extension: str) -> AsyncIterator[Extracted]:
    """Read a file, which stands at its start and has an extension that is known."""
    with TemporaryFile() as out:
        failure = await _run(file, out, extension)
        out.seek(0)
        yield await asyncio.to_thread(_found, out) if failure is None else Extracted(failure)


async def _run(file: IO[bytes], out: IO[bytes], extension: str) -> str | None:
    """Why the process has ended as it should not have, or None."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, extension, stdin=file, stdout=out, stderr=asyncio.subprocess.DEVNULL, cwd="/",
        env=_environment(), start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS):
            code = await process.wait()
    except TimeoutError:
        return f"Reading it takes more than {SECONDS:.0f} seconds."
    finally:
        with suppress(ProcessLookupError):  # it, and what it has started
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if code == -signal.SIGXCPU:
        return f"Reading it takes more than {SECONDS:.0f} seconds."
    return None if code == 0 else "Reading it has ended the program that reads: it is damaged, or made to do harm."


def _environment() -> dict[str, str]:
    known = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return {**known, **SINGLE, "PYTHONPATH": SOURCE}


def _found(out: IO[bytes]) -> Extracted:
    """The last line says how it went; the pieces stand before it."""
    last = b""
    for line in out:
        last = line
    try:
        end = json.loads(last)
    except ValueError:
        end = {}
    if "numbers" not in end:
        return Extracted(end.get("reason", "Reading it was cut off."))
    out.seek(0)
    return Extracted("", end["numbers"], end["notes"], _pieces(out))


def _pieces(out: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in out:
        piece = json.loads(line)
        if "text" in piece:
            yield piece
