"""The job that turns a file into items, and the one that clears up."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryFile
from typing import IO

from portico.apps.items.access import mode_of
from portico.apps.items.transfer.batches import batches, count_rows
from portico.apps.items.transfer.service import JOB, ImportService, UserGone
from portico.kernel.job_runs import Pointless, Run
from portico.kernel.jobs import Job

FINISHED = "finished"


async def import_items(run: Run, *, file_id: str, user_id: int) -> None:
    """Batch after batch, each once: a job that is cancelled, or begins anew after a crash, leaves whole batches.

    Where the user is removed meanwhile, those batches stay, as the user's other items do, and the file goes.
    """
    try:
        await _import(run, file_id, user_id)
    except UserGone as gone:
        async with run.transaction() as write:
            await ImportService(write, run.runtime.files(run.app)).remove_file(user_id, file_id)
        raise Pointless(gone.text) from None


async def _import(run: Run, file_id: str, user_id: int) -> None:
    files, mode = run.runtime.files(run.app), mode_of(run.runtime.settings)
    async with run.transaction() as write:
        if await run.has_done(write, FINISHED):
            return
        stream = await ImportService(write, files).file(user_id, file_id)
    async with _local(stream) as file:
        total = await asyncio.to_thread(count_rows, file)
        done = 0
        await run.progress(done, total)
        found = batches(file)
        while batch := await asyncio.to_thread(next, found, None):
            async with run.transaction() as write:
                if await run.once(write, f"after row {done}"):
                    await ImportService(write, files).take(run.id, batch, user_id=user_id, mode=mode)
            done += batch.rows
            await run.progress(done, total)
    async with run.transaction() as write:
        if await run.once(write, FINISHED):
            await ImportService(write, files).finish(run.id, user_id, file_id)


async def sweep_imports(run: Run) -> None:
    async with run.transaction() as write:
        await ImportService(write, run.runtime.files(run.app)).sweep()


@asynccontextmanager
async def _local(stream: AsyncIterable[bytes]) -> AsyncIterator[IO[bytes]]:
    """The stream as a file here, which `csv` reads in a thread. It has no name, so that no crash leaves it behind."""
    with TemporaryFile() as file:
        async for chunk in stream:
            await asyncio.to_thread(file.write, chunk)
        yield file


TRANSFER_JOBS = (
    Job(name=JOB, run=import_items, timeout=1800),
    Job(name="sweep_imports", run=sweep_imports, queue="sweeps", cron="22 * * * *"),
)
