"""The event log: who did what, when and from where, written in the transaction that does it.

It tells of people who may be gone: names are kept as they were, and nothing is referred to. Requests may add and read,
never change or remove. `portico.kernel.event_seals` chains the events, so that whoever does it by other means is found
out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Identity, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.paging import BIGGEST_ID
from portico.kernel.tables import KernelTable
from portico.kernel.transaction import Transaction


class LoggedEvent(KernelTable):
    """One thing that was done. `portico_app` may insert and select; id and time are the server's."""

    __tablename__ = "event_log"
    __table_args__ = (Index(None, "app", "id"), Index(None, "app", "object", "id"), Index(None, "app", "at", "id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    app: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("clock_timestamp()"))
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    object: Mapped[str] = mapped_column(Text)
    details: Mapped[Any] = mapped_column(JSONB)


class Seal(KernelTable):
    """An event's place in the chain of its app, and the hash over it and all before it."""

    __tablename__ = "event_seals"

    app: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    event_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class ToSeal(KernelTable):
    """An event that has no seal yet. A trigger puts it here."""

    __tablename__ = "events_to_seal"

    event_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    app: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which events of an app: what is None matches all of them."""

    actor: str | None = None
    """Somebody's key, the keys of whose API keys begin with it, or the name that they had then."""
    action: str | None = None
    """An action, or those that begin alike: `release.*`."""
    object: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Before this time."""


@dataclass(frozen=True)
class Actor:
    """Who does something, as they are called now, and from where. No key: somebody who has not signed in."""

    key: str = ""
    name: str = ""
    address: str = ""


async def add(
    transaction: Transaction, *, app: str, actor: Actor, action: str, object: str,
    details: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Log what this transaction does, after the object was locked or written: that keeps an object's events in order.

    `action` is a word of the app's own, such as `item.changed`; `object` names what it was done to, such as `item:5`.
    Nobody can take back what stands in `details`: no passwords, no tokens, no more of people than has to be kept.
    """
    connection = await transaction.connection()
    async with connection.cursor() as cursor:
        await cursor.execute(
            """
            INSERT INTO portico.event_log (app, actor, actor_name, address, action, object, details)
            VALUES (%(app)s, %(actor)s, %(name)s, %(address)s, %(action)s, %(object)s, %(details)s::jsonb)""",
            {
                "app": app, "actor": actor.key, "name": actor.name, "address": actor.address, "action": action,
                "object": object, "details": orjson.dumps(details or {}, default=str).decode(),
            },
            prepare=True,
        )  # fmt: skip


async def page(
    connection: Connection, app: str, *, of: str | list[str] | None = None, before: int | None = None, limit: int
) -> list[Row]:
    """The newest events of an app, those of one object or of several where `of` names them, below an id where the list
    goes on."""
    params = {"app": app, "object": of, "before": BIGGEST_ID if before is None else before, "limit": limit}
    some = _PAGE_OF_OBJECTS if isinstance(of, list) else _PAGE_OF_OBJECT
    return await fetch_all(connection, _PAGE if of is None else some, params)


async def search(
    connection: Connection, app: str, wanted: Wanted, *, before: tuple[datetime, int] | None = None, limit: int
) -> list[Row]:
    """The newest of these events, below the time and id of the last one where the list goes on."""
    params, conditions = _conditions(app, wanted)
    if before is not None:
        params |= {"last_at": before[0], "last_id": before[1]}
        conditions += " AND (e.at, e.id) < (%(last_at)s, %(last_id)s)"
    sql: Any = f"{_SHOWN} WHERE {conditions} ORDER BY e.at DESC, e.id DESC LIMIT %(limit)s"
    return await fetch_all(connection, sql, {**params, "limit": limit})


async def export(
    connection: Connection, app: str, wanted: Wanted, *, after: tuple[datetime, int] | None = None, limit: int
) -> list[Row]:
    """These events, the oldest first, in the text of which the seals are made, each with the seal before its own."""
    params, conditions = _conditions(app, wanted)
    if after is not None:
        params |= {"last_at": after[0], "last_id": after[1]}
        conditions += " AND (e.at, e.id) > (%(last_at)s, %(last_id)s)"
    sql: Any = f"{_EXPORTED} WHERE {conditions} ORDER BY e.at, e.id LIMIT %(limit)s"
    return await fetch_all(connection, sql, {**params, "limit": limit})


async def chain(connection: Connection, app: str, wanted: Wanted, *, after: int, limit: int) -> list[Row]:
    """As `export`, those that are sealed, in the order of the chain: from the place that follows `after`."""
    params, conditions = _conditions(app, wanted)
    sql: Any = f"{_EXPORTED} WHERE {conditions} AND s.seq > %(after)s ORDER BY s.seq LIMIT %(limit)s"
    return await fetch_all(connection, sql, {**params, "after": after, "limit": limit})


def _conditions(app: str, wanted: Wanted) -> tuple[dict[str, Any], str]:
    given = {name: value for name, value in vars(wanted).items() if value is not None}
    return {"app": app, **given}, " AND ".join(["e.app = %(app)s", *(_CONDITIONS[name] for name in given)])


async def head(connection: Connection, app: str) -> Row:
    """The last seal of an app's chain. Kept elsewhere, it proves later that nothing up to it was changed."""
    found = await fetch_one(
        connection,
        "SELECT seq, event_id, encode(hash, 'hex') AS hash FROM portico.event_seals WHERE app = %(app)s"
        " ORDER BY seq DESC LIMIT 1",
        {"app": app},
    )
    return found or {"seq": 0, "event_id": None, "hash": "00" * 32}


_SHOWN = """
    SELECT e.id, e.at, e.actor, e.actor_name, e.address, e.action, e.object, e.details, s.seq,
           encode(s.hash, 'hex') AS hash
    FROM portico.event_log AS e LEFT JOIN portico.event_seals AS s ON s.event_id = e.id"""
_COLUMNS = f"{_SHOWN} WHERE e.app = %(app)s AND e.id < %(before)s"
_PAGE: Any = f"{_COLUMNS} ORDER BY e.id DESC LIMIT %(limit)s"
_PAGE_OF_OBJECT: Any = f"{_COLUMNS} AND e.object = %(object)s ORDER BY e.id DESC LIMIT %(limit)s"
_PAGE_OF_OBJECTS: Any = f"{_COLUMNS} AND e.object = ANY(%(object)s) ORDER BY e.id DESC LIMIT %(limit)s"
_EXPORTED = """
    SELECT s.seq, e.id, e.app, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
           e.actor, e.actor_name, e.address, e.action, e.object, e.details::text AS details,
           encode(s.hash, 'hex') AS hash,
           CASE s.seq WHEN 1 THEN repeat('0', 64) ELSE encode(p.hash, 'hex') END AS previous_hash, e.at AS moment
    FROM portico.event_log AS e LEFT JOIN portico.event_seals AS s ON s.event_id = e.id
    LEFT JOIN portico.event_seals AS p ON p.app = s.app AND p.seq = s.seq - 1"""
_CONDITIONS = {
    "actor": "%(actor)s IN (split_part(e.actor, ' ', 1), e.actor_name)",
    "action": "(e.action = %(action)s OR"
    " (right(%(action)s, 2) = '.*' AND starts_with(e.action, left(%(action)s, -1))))",
    "object": "e.object = %(object)s",
    "since": "e.at >= %(since)s",
    "until": "e.at < %(until)s",
}
