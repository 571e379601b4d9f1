"""Sealing the event log, and finding out whether anything in it was changed afterwards.

Each seal is a SHA-256 hash over the event, its place in the chain and the seal before it. One sealer at a time makes
them, so that those who write events do not queue behind one another. It works through a function of the database that
can add seals and do nothing else.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog

from portico.kernel.database import Connection, Database, Row, fetch_all, fetch_one

EVERY = 0.5  # seconds: what is committed is sealed within 1 s
AT_ONCE = 1000  # events that one call of `seal_events` takes
BATCH = 1000  # seals that are held in memory
GENESIS = bytes(32)
"""What stands for the seal before the first."""
MISSING_SEAL = "the seal is missing"
OTHER_CHAIN = "this is not the chain whose head was exported"

log = structlog.get_logger("portico.event_log")


async def seal(connection: Connection) -> int:
    """Seal what waits for it, up to AT_ONCE events; answers how many. 0 where somebody else is at it."""
    row = await fetch_one(connection, "SELECT portico.seal_events() AS sealed")
    return row["sealed"] if row else 0


@asynccontextmanager
async def sealing(database: Database, *, every: float = EVERY) -> AsyncIterator[None]:
    """Seal meanwhile. Any number of processes may do it."""
    await database.open()
    task = asyncio.create_task(_keep_sealing(database, every), name="sealer")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await database.close()


async def _keep_sealing(database: Database, every: float) -> None:
    while True:
        sealed = 0
        try:
            async with database.connection() as connection:
                sealed = await seal(connection)
        except psycopg.Error as error:
            log.warning("events wait for their seals", cause=type(error).__name__)
        if sealed < AT_ONCE:
            await asyncio.sleep(every)


@dataclass(frozen=True)
class Head:
    """A seal that was exported: its place and its hash in hexadecimal."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong: at which place of the chain, with which event, and what."""

    seq: int
    event_id: int | None
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What a verification found. `verified` is the last place that is right; `sealed` the length of the chain."""

    fault: Fault | None
    verified: int
    sealed: int
    unsealed: int


async def verify(
    connection: Connection, app: str, *, after: int = 0, most: int | None = None, exported: Head | None = None
) -> Verdict:
    """Compute the chain of an app anew, from the place `after` on, which is taken as it is, and at most so many places.

    Holds BATCH events in memory, whatever the length. `exported` is compared where its place is come by. What was never
    sealed is looked for once the end is reached.
    """
    counts = await _counts(connection, app)
    previous = GENESIS if after == 0 else await _hash_at(connection, app, after)
    verified, fault = after, _fault_at_the_start(after, previous, exported)
    last = counts["sealed"] if most is None else min(counts["sealed"], after + most)
    while fault is None and verified < last:
        found = await fetch_all(
            connection, _CHAIN, {"app": app, "after": verified, "limit": min(BATCH, last - verified)}
        )
        for row in found or [_NOTHING]:
            fault = _fault(row, verified + 1, previous or GENESIS, exported)
            if fault is not None:
                break
            verified, previous = verified + 1, row["hash"]
    if fault is None and verified == counts["sealed"]:
        fault = await _fault_at_the_end(connection, app, counts, exported)
    return Verdict(fault, verified, counts["sealed"], counts["unsealed"])


_NOTHING: Row = {"seq": None}


def _fault_at_the_start(after: int, previous: bytes | None, exported: Head | None) -> Fault | None:
    if previous is None:
        return Fault(after, None, MISSING_SEAL)
    if exported is not None and exported.seq == after and exported.hash != previous.hex():
        return Fault(after, None, OTHER_CHAIN)
    return None


def _fault(row: Row, seq: int, previous: bytes, exported: Head | None) -> Fault | None:
    """What is wrong with the next row of the chain, which should be at `seq`."""
    if row["seq"] != seq:
        return Fault(seq, None, MISSING_SEAL)
    if row["id"] is None:
        return Fault(seq, row["event_id"], "the event is missing")
    if digest(previous, row) != row["hash"]:
        return Fault(seq, row["event_id"], "the event, its place or its hash was changed")
    if exported is not None and exported.seq == seq and exported.hash != row["hash"].hex():
        return Fault(seq, row["event_id"], OTHER_CHAIN)
    return None


def digest(previous: bytes, row: Row) -> bytes:
    """The seal of an event; `portico.event_text` in the database makes the same text."""
    parts = [
        str(row[name]).encode()
        for name in ("seq", "id", "app", "at", "actor", "actor_name", "address", "action", "object", "details")
    ]
    return hashlib.sha256(previous + b"".join(b"%d:%s," % (len(part), part) for part in parts)).digest()


async def _fault_at_the_end(
    connection: Connection, app: str, counts: dict[str, Any], exported: Head | None
) -> Fault | None:
    """What the chain itself cannot show: a tail that was cut off, and events that lost their seal or their turn."""
    if exported is not None and exported.seq > counts["sealed"]:
        return Fault(counts["sealed"] + 1, None, MISSING_SEAL)
    if counts["events"] == counts["sealed"] + counts["unsealed"]:
        return None
    lost = await fetch_one(connection, _LOST, {"app": app})
    return Fault(counts["sealed"] + 1, lost["id"], "the event has lost its seal") if lost else None


async def _counts(connection: Connection, app: str) -> dict[str, Any]:
    found = await fetch_one(connection, _COUNTS, {"app": app})
    return found or {}


async def _hash_at(connection: Connection, app: str, seq: int) -> bytes | None:
    sql = "SELECT hash FROM portico.event_seals WHERE app = %(app)s AND seq = %(seq)s"
    found = await fetch_one(connection, sql, {"app": app, "seq": seq})
    return found["hash"] if found else None


# The length is the highest place, not the number of rows: a row that was taken out of the middle is to be named.
_COUNTS: Any = """
    SELECT (SELECT count(*) FROM portico.event_log WHERE app = %(app)s) AS events,
           (SELECT count(*) FROM portico.events_to_seal WHERE app = %(app)s) AS unsealed,
           (SELECT coalesce(max(seq), 0) FROM portico.event_seals WHERE app = %(app)s) AS sealed"""
_CHAIN: Any = """
    SELECT s.seq, s.event_id, s.hash, e.id, e.app,
           to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
           e.actor, e.actor_name, e.address, e.action, e.object, e.details::text AS details
    FROM portico.event_seals AS s LEFT JOIN portico.event_log AS e ON e.id = s.event_id
    WHERE s.app = %(app)s AND s.seq > %(after)s ORDER BY s.seq LIMIT %(limit)s"""
_LOST: Any = """
    SELECT min(e.id) AS id FROM portico.event_log AS e
    WHERE e.app = %(app)s AND NOT EXISTS (SELECT FROM portico.event_seals AS s WHERE s.event_id = e.id)
      AND NOT EXISTS (SELECT FROM portico.events_to_seal AS q WHERE q.event_id = e.id)
    HAVING count(*) > 0"""
