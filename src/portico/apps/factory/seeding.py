"""The sample data: two companies, one in the middle of a project. All of it happens in the caller's transaction."""

import asyncio
from pathlib import Path

from portico.apps.factory.sample.cast import PASSWORD, PIN
from portico.apps.factory.sample.service import SampleService
from portico.apps.factory.users.realm import realm
from portico.identity.public import first_administrator, hash_now
from portico.kernel.errors import InvalidInput
from portico.kernel.files import Files
from portico.kernel.seeding import Progress, SeedSummary, mark, wait_for_others
from portico.kernel.transaction import Transaction


async def seed(
    transaction: Transaction, *, files: Files, flush: bool, directory: Path | None, demonstration: bool,
    progress: Progress,
) -> SeedSummary:  # fmt: skip
    """Add the sample data where it is missing, after deleting everything where `flush` asks for it.

    Without `demonstration` an administrator instead, where there is none. Raises `InvalidInput`, `Conflict`.
    """
    if directory is not None:
        raise InvalidInput("This app has no data sets to load from a folder.")
    # Before the first statement: a transaction that idles is ended by the server.
    hashes = await asyncio.gather(*(asyncio.to_thread(hash_now, each) for each in (PASSWORD, PIN) if demonstration))
    progress(1, 3)
    sample = await SampleService.of(transaction)
    connection = await transaction.connection()
    await wait_for_others(connection, "factory")
    if flush:
        await sample.empty()
    progress(2, 3)
    if demonstration:
        await sample.add(*hashes)
    counts = await sample.counts() if demonstration else {}
    notes = [] if demonstration else [await first_administrator(transaction, realm)]
    await mark(connection, "factory")
    progress(3, 3)
    return SeedSummary(counts, notes)
