"""Ledgers are read by a child process, which writes their tables into a folder: see `process`."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Any

from portico.apps.audit.ledgers.cells import Unreadable

MODULE = "portico.apps.audit.ledgers.process"
LONGEST = 900.0  # seconds
TOLD = 2000  # characters of what a child that died has written


class ReaderDied(Exception):
    """The child process ended without a word: killed for its memory or its time, or by a mistake of ours."""


async def read(file: IO[bytes], order: dict[str, Any], progress: Callable[[int], Awaitable[None]]) -> dict[str, Any]:
    """What `process.read` answers. `progress` is told each percent. Raises `Unreadable`, `ReaderDied`."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, json.dumps(order), stdin=file, stdout=PIPE, stderr=PIPE, env=_environment(),
        cwd=order["folder"],
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST):
            found = await _follow(child, progress)
            _, complaint = await child.communicate()
    except TimeoutError:
        raise Unreadable(f"reading it takes more than {LONGEST:.0f} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await asyncio.shield(child.wait())
    if found is None:
        raise ReaderDied(complaint.decode(errors="replace")[-TOLD:])
    if "reason" in found:
        raise Unreadable(found["reason"], found["line"])
    return found


def _environment() -> dict[str, str]:
    """Neither settings nor secrets. Threads of libraries that compute would each take memory of their own."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[4])}


async def _follow(
    child: asyncio.subprocess.Process, progress: Callable[[int], Awaitable[None]]
) -> dict[str, Any] | None:
    found: dict[str, Any] | None = None
    assert child.stdout is not None  # noqa: S101 - it was asked for
    async for line in child.stdout:
        said: dict[str, Any] = json.loads(line)
        if "percent" in said:
            await progress(said["percent"])
        else:
            found = said
    return found
