"""The sample data: a firm, a client and two engagements. All of it happens in the caller's transaction."""

import asyncio
from importlib import import_module
from pathlib import Path
from typing import Any

from portico.apps.audit.users.realm import realm
from portico.identity.public import first_administrator, hash_now
from portico.kernel.errors import Conflict, InvalidInput
from portico.kernel.files import Files
from portico.kernel.seeding import Progress, SeedSummary, mark, wait_for_others
from portico.kernel.transaction import Transaction

SAMPLE_USER = {"email": "user@example.com", "username": "user@example.com"}
SAMPLE_PASSWORD = "password123"  # noqa: S105 - of the sample data; there are no such users where real ones are
SERVICE = "portico.apps.audit.sample.service"
"""Loaded when it is asked for: a server that starts has no use for what makes books and papers up."""


class NothingIsDeleted(Conflict):
    message = "Where real users are, nothing of an audit is deleted, by no command either."


async def seed(
    transaction: Transaction, *, files: Files, flush: bool, directory: Path | None, demonstration: bool,
    progress: Progress,
) -> SeedSummary:  # fmt: skip
    """Add the sample data where it is missing, after deleting everything where `flush` asks for it.

    Without `demonstration` an administrator instead, where there is none. Raises `InvalidInput`, `Conflict`.
    """
    if directory is not None:
        raise InvalidInput("This app has no data sets to load from a folder.")
    if flush and not demonstration:
        raise NothingIsDeleted
    # Before the first statement: a transaction that idles is ended by the server.
    pwd_hash = await asyncio.to_thread(hash_now, SAMPLE_PASSWORD) if demonstration else ""
    progress(1, 3)
    sample: Any = import_module(SERVICE).SampleService(transaction, files)
    if demonstration:
        await sample.prepare(anew=flush)
    connection = await transaction.connection()
    await wait_for_others(connection, "audit")
    if flush:
        await sample.empty()
    progress(2, 3)
    notes = await sample.add(pwd_hash) if demonstration else [await first_administrator(transaction, realm)]
    await mark(connection, "audit")
    counts = await sample.counts()
    progress(3, 3)
    return SeedSummary(counts, notes)
