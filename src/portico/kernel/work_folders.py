"""Folders in which jobs work: gone with the job, and swept where its worker was killed."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

LEFT_BEHIND = 7200  # seconds; no job takes as long


@asynccontextmanager
async def work_folder(prefix: str) -> AsyncIterator[Path]:
    """An empty folder whose name begins like this, and that only this user can enter."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=prefix))
    try:
        yield folder
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


async def sweep_work_folders(prefix: str) -> None:
    """Remove those that a killed worker has left behind."""
    await asyncio.to_thread(_sweep, prefix)


def _sweep(prefix: str) -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < time.time() - LEFT_BEHIND:
                shutil.rmtree(folder, ignore_errors=True)
