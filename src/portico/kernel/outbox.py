"""The outbox: what has happened, written in the transaction in which it happens.

An event exists if and only if the change does. Whoever tells others of it (streams, webhooks, notifications, indexes)
follows the outbox and remembers a position.

A position is the pair of transaction number and id. Ids alone are given out before the commit, so a reader that
remembers the highest one passes over those that commit later. Readers therefore stop below the oldest transaction that
still runs: everything below it is decided.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import psycopg
from sqlalchemy import BigInteger, DateTime, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from portico.kernel import tracing
from portico.kernel.database import Connection, conninfo, fetch_all, fetch_one
from portico.kernel.paging import BIGGEST_ID
from portico.kernel.tables import KernelTable
from portico.kernel.tracing import traceparent
from portico.kernel.transaction import Transaction

BATCH = 500
TOPIC = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


class Xid8(UserDefinedType[str]):
    """PostgreSQL's number of a transaction, in 64 bits: it does not wrap around."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


ischema_names["xid8"] = Xid8  # SQLAlchemy does not know it when it reads a schema


class OutboxEvent(KernelTable):
    """An event. Kept for 7 days; `portico_app` may insert and select, and `sweep_outbox()` alone deletes."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "app", "key", "xid"),
        Index(None, "created_at", postgresql_using="brin"),
    )

    app: Mapped[str] = mapped_column(Text, primary_key=True)
    xid: Mapped[str] = mapped_column(Xid8, primary_key=True, server_default=text("pg_current_xact_id()"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    topic: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    payload: Mapped[Any] = mapped_column(JSONB)
    audience: Mapped[list[str]] = mapped_column(ARRAY(Text))
    traceparent: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("clock_timestamp()"))


class OutboxSwept(KernelTable):
    """How far the outbox of an app has been emptied: a reader that stopped before it has missed something."""

    __tablename__ = "outbox_swept"

    app: Mapped[str] = mapped_column(Text, primary_key=True)
    xid: Mapped[str] = mapped_column(Xid8)
    id: Mapped[int] = mapped_column(BigInteger)


class OutboxCursor(KernelTable):
    """The position of a follower that works for all processes together, such as the relay of webhooks."""

    __tablename__ = "outbox_cursors"

    app: Mapped[str] = mapped_column(Text, primary_key=True)
    follower: Mapped[str] = mapped_column(Text, primary_key=True)
    xid: Mapped[str] = mapped_column(Xid8)
    id: Mapped[int] = mapped_column(BigInteger)


class Position(NamedTuple):
    """A place in the outbox: after the event with this transaction number and id."""

    xid: int
    id: int


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """What is to be told. `key` names the object: the events of one key keep their order."""

    topic: str
    key: str
    payload: Any
    audience: Sequence[str] = ()
    """Whom it concerns, in words that the app's own rule understands, such as `user:5`."""
    traceparent: str = field(default_factory=lambda: traceparent() or "")
    """The span that it happened in: what follows from the event belongs to the same trace."""

    def __post_init__(self) -> None:
        if not TOPIC.fullmatch(self.topic):
            raise ValueError(f"A topic is lower-case words with dots between them, not {self.topic!r}.")


@dataclass(frozen=True, kw_only=True)
class Event(NewEvent):
    """An event as it is read. `position` is its identity, too: repeats have the same."""

    position: Position
    created_at: datetime
    frames: dict[Any, bytes] = field(default_factory=dict, compare=False, repr=False)
    """The event as it goes over the wire: made once for a thousand readers."""


def is_named(topic: str, names: Iterable[str]) -> bool:
    """Whether one of the names stands for the topic: itself, `item.*` for all that begin so, or `*`."""
    return any(name in ("*", topic) or (name.endswith(".*") and topic.startswith(name[:-1])) for name in names)


async def add(
    transaction: Transaction, *, app: str, topic: str, key: str, payload: Any, audience: Sequence[str] = ()
) -> None:
    """Tell of a change in the transaction that makes it, after the changed object was locked or written.

    The lock is what orders the events of one key: whoever has it comes next.
    """
    await add_all(transaction, app, [NewEvent(topic=topic, key=key, payload=payload, audience=audience)])


async def add_all(transaction: Transaction, app: str, events: Iterable[NewEvent]) -> None:
    """As `add`, for many at once."""
    running = tracing.traceparent() or ""
    rows = [
        {
            "app": app, "topic": event.topic, "key": event.key, "audience": list(event.audience),
            "payload": orjson.dumps(event.payload, default=str).decode(),
            "traceparent": event.traceparent or running,
        }
        for event in events
    ]  # fmt: skip
    connection = await transaction.connection()
    async with connection.cursor() as cursor:
        if len(rows) == 1:
            await cursor.execute(_ADD, rows[0], prepare=True)
        else:
            await cursor.executemany(_ADD, rows)
    ring = transaction.database.bell.ring
    if ring not in transaction.after_commit:
        transaction.after_commit.append(ring)


# A transaction that got its number early and the object's lock late would be sorted before one that it waited for.
# So an event never has a lower number than the last of its key. To raise a number is safe: it is read later, never
# passed over. The number of the last one is seen, since the lock was waited for before this statement began.
_ADD = """
    INSERT INTO portico.outbox (app, xid, topic, key, payload, audience, traceparent)
    VALUES (%(app)s, greatest(pg_current_xact_id(), (
                SELECT xid FROM portico.outbox WHERE app = %(app)s AND key = %(key)s ORDER BY xid DESC LIMIT 1)),
            %(topic)s, %(key)s, %(payload)s::jsonb, %(audience)s::text[], %(traceparent)s)"""


async def tip(connection: Connection) -> Position:
    """The position after everything that can be read by now."""
    row = await fetch_one(connection, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid")
    return Position(row["xid"] if row else 0, 0)


async def read(connection: Connection, app: str, after: Position, *, limit: int = BATCH) -> list[Event]:
    """The next events of an app, in order; fewer than `limit` where these are all for now."""
    rows = await fetch_all(
        connection,
        """
        SELECT xid::text::bigint AS xid, id, topic, key, payload, audience, traceparent, created_at FROM portico.outbox
        WHERE app = %(app)s AND (xid, id) > (%(xid)s::text::xid8, %(id)s::bigint)
          AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, id LIMIT %(limit)s""",
        {"app": app, "xid": str(after.xid), "id": after.id, "limit": limit},
    )
    return [Event(position=Position(row.pop("xid"), row.pop("id")), **row) for row in rows]


async def is_kept(connection: Connection, app: str, position: Position) -> bool:
    """Whether all that came after this position is still there, and the position is one of this server's."""
    if not (0 <= position.xid <= BIGGEST_ID and 0 <= position.id <= BIGGEST_ID):
        return False
    row = await fetch_one(
        connection,
        """
        SELECT %(xid)s::text::xid8 <= pg_snapshot_xmax(pg_current_snapshot()) AND NOT EXISTS (
            SELECT FROM portico.outbox_swept
            WHERE app = %(app)s AND (xid, id) > (%(xid)s::text::xid8, %(id)s::bigint)) AS kept""",
        {"app": app, "xid": str(position.xid), "id": position.id},
    )
    return bool(row and row["kept"])


async def sweep(connection: Connection) -> int:
    """Take away what is older than 7 days; answers how many events that were."""
    swept = 0
    while found := await fetch_one(connection, "SELECT portico.sweep_outbox() AS count"):
        swept += found["count"]
        if found["count"] == 0:
            break
    return swept


def restamp(url: str) -> None:
    """After a restore: give what is there numbers of this server, so that followers go on and streams begin anew."""
    with psycopg.connect(conninfo(url)) as owner:
        found = owner.execute("SELECT to_regprocedure('portico.restamp_outbox()') IS NOT NULL").fetchone()
        if found == (True,):  # else the backup is older than the outbox
            owner.execute("SELECT portico.restamp_outbox()")
