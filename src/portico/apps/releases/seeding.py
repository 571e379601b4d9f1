"""The sample data: accounts of every role and a year of history. All of it happens in the caller's transaction."""

import asyncio
from pathlib import Path

from portico.apps.releases.history.service import HistoryService
from portico.apps.releases.users.realm import realm
from portico.identity.public import first_administrator, hash_now
from portico.kernel.errors import InvalidInput
from portico.kernel.files import Files
from portico.kernel.seeding import Progress, SeedSummary, mark, wait_for_others
from portico.kernel.transaction import Transaction

SAMPLE_USER = {"email": "anna@example.com", "username": "anna"}
SAMPLE_PASSWORD = "released with care"  # noqa: S105 - of the sample data; there are no such users where real ones are


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
    pwd_hash = await asyncio.to_thread(hash_now, SAMPLE_PASSWORD) if demonstration else ""
    progress(1, 3)
    history = await HistoryService.of(transaction)
    connection = await transaction.connection()
    await wait_for_others(connection, "releases")
    if flush:
        await history.empty()
    progress(2, 3)
    if demonstration:
        await history.add(pwd_hash)
    notes = [] if demonstration else [await first_administrator(transaction, realm)]
    await mark(connection, "releases")
    progress(3, 3)
    return SeedSummary(await history.counts(), notes)
