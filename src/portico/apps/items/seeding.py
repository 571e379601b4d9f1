"""The sample data: two items and one user. All of it happens in the caller's transaction."""

import asyncio
from pathlib import Path
from typing import LiteralString

from portico.apps.items.users.realm import realm
from portico.identity.public import first_administrator, hash_now
from portico.kernel.database import Connection, fetch_one
from portico.kernel.errors import InvalidInput
from portico.kernel.files import Files
from portico.kernel.seeding import Progress, SeedSummary, mark, wait_for_others
from portico.kernel.transaction import Transaction

SAMPLE_USER = {"email": "test@example.com", "username": "testuser"}
SAMPLE_PASSWORD = "password123"  # noqa: S105 - as the documents have it; there is no such user where real ones are

DELETE_ALL: tuple[LiteralString, ...] = (
    "DELETE FROM items.items",
    "UPDATE portico.files SET state = 'gone', changed_at = now() WHERE app = 'items' AND state = 'kept'",
    "DELETE FROM items.sessions",
    "DELETE FROM items.users",
    "DELETE FROM portico.idempotency_keys WHERE app = 'items'",
    "SELECT setval(pg_get_serial_sequence('items.items', 'id'), 1, false)",
    "SELECT setval(pg_get_serial_sequence('items.users', 'id'), 1, false)",
)
FIND_USER = """
    SELECT id FROM items.users WHERE lower(email) = lower(%(email)s) OR lower(username) = lower(%(username)s)
    LIMIT 1"""
ADD_USER = "INSERT INTO items.users (email, username, pwd_hash) VALUES (%(email)s, %(username)s, %(pwd_hash)s)"
ADD_ITEMS = """
    INSERT INTO items.items (name, description, price, quantity, owner_id)
    SELECT given.*, (SELECT id FROM items.users WHERE email = %(email)s)
    FROM (VALUES
        ('Sample Item', 'This is a sample item', 9.99, 100),
        ('Premium Item', 'This is a premium item', 29.99, 50)
    ) AS given (name, description, price, quantity)
    WHERE NOT EXISTS (SELECT FROM items.items i WHERE i.name = given.name)"""
COUNTS = "SELECT (SELECT count(*) FROM items.items) AS items, (SELECT count(*) FROM items.users) AS users"


async def seed(
    transaction: Transaction, *, files: Files, flush: bool, directory: Path | None, demonstration: bool,
    progress: Progress,
) -> SeedSummary:  # fmt: skip
    """Add the sample data where it is missing, after deleting everything where `flush` asks for it.

    Without `demonstration`, an administrator instead, where there is none. Raises `InvalidInput`, `Conflict`.
    """
    if directory is not None:
        raise InvalidInput("This app has no data sets to load from a folder.")
    connection = await transaction.connection()
    await wait_for_others(connection, "items")
    if flush:
        for statement in DELETE_ALL:
            await connection.execute(statement)
    if demonstration:
        await _add_samples(connection)
    notes = [] if demonstration else [await first_administrator(transaction, realm)]
    await mark(connection, "items")
    counts = await fetch_one(connection, COUNTS)
    progress(1, 1)
    return SeedSummary(counts or {}, notes)


async def _add_samples(connection: Connection) -> None:
    if await fetch_one(connection, FIND_USER, SAMPLE_USER) is None:
        pwd_hash = await asyncio.to_thread(hash_now, SAMPLE_PASSWORD)
        await connection.execute(ADD_USER, {**SAMPLE_USER, "pwd_hash": pwd_hash})
    await connection.execute(ADD_ITEMS, SAMPLE_USER)
