"""Clients of event streams, writers of events, and an app of the tests that has a stream."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from typing import Annotated, Any

import httpx
import psycopg
from fastapi import APIRouter, Header

from portico.kernel import outbox
from portico.kernel.database import Connection, Database
from portico.kernel.errors import Unauthorized
from portico.kernel.event_stream import event_router
from portico.kernel.events import Watcher
from portico.kernel.outbox import Event
from portico.kernel.transaction import Transaction

TABLES = """
    CREATE SCHEMA tiny;
    CREATE TABLE tiny.counters (key text PRIMARY KEY, n int NOT NULL DEFAULT 0);
    CREATE TABLE tiny.watchers (name text PRIMARY KEY);
    GRANT USAGE ON SCHEMA tiny TO portico_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tiny TO portico_app;
    INSERT INTO tiny.counters SELECT 'k' || i FROM generate_series(0, 9) AS i;
    INSERT INTO tiny.watchers VALUES ('anna'), ('bert'), ('nobody');
    """

Seen = tuple[str, str, Any]
"""The id, the name and the data of an event."""


async def _refresh(connection: Connection, keys: Collection[Any]) -> dict[Any, Any]:
    rows = await (
        await connection.execute("SELECT name FROM tiny.watchers WHERE name = ANY(%s)", [list(keys)])
    ).fetchall()
    return {name: name for (name,) in rows}


async def _watcher(who: Annotated[str | None, Header()] = None) -> Watcher:
    if who is None:
        raise Unauthorized
    return Watcher(key=who, caller=who, refresh=_refresh)


def _sees(caller: str, event: Event) -> bool:
    return caller in event.audience or ("all" in event.audience and caller != "nobody")


async def hear_all(connection: Connection, owners: Collection[str]) -> dict[str, list[str]]:
    """Owners of webhooks, to whom what is for all may be told."""
    return {owner: ["all"] for owner in owners}


def stream() -> APIRouter:
    return event_router(watcher=_watcher, sees=_sees)


def as_owner(url: str, statement: str) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as owner:
        cursor = owner.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


async def tell(database: Database, key: str, payload: Any, audience: Iterable[str] = ("all",), **more: Any) -> None:
    """One event in a transaction of its own."""
    write = Transaction(database)
    try:
        known = {"app": "tiny", "topic": "note.changed", **more}
        await outbox.add(write, key=key, payload=payload, audience=tuple(audience), **known)
        await write.commit()
    finally:
        await write.close()


async def count_up(database: Database, times: int, chance: random.Random) -> int:
    """Raise counters and tell of it, `times` times; a few are rolled back. Answers how many were committed."""
    committed = 0
    for _ in range(times):
        write = Transaction(database)
        connection = await write.connection()
        if chance.random() < 0.5:  # the number of the transaction is old when it gets to the counter
            await connection.execute("SELECT pg_current_xact_id()")
            await asyncio.sleep(chance.random() * 0.004)
        key = f"k{chance.randrange(10)}"
        raised = await connection.execute("UPDATE tiny.counters SET n = n + 1 WHERE key = %s RETURNING n", [key])
        n = (await raised.fetchone() or [0])[0]
        await outbox.add(write, app="tiny", topic="counter.raised", key=key, payload=n, audience=["all"])
        await asyncio.sleep(chance.random() * 0.002)
        if chance.random() > 0.05:
            await write.commit()
            committed += 1
        await write.close()
    return committed


async def watch(client: httpx.AsyncClient, who: str = "anna", since: str = "", **params: str) -> AsyncIterator[Seen]:
    """The events of one connection, until it ends."""
    headers = {"Who": who, **({"Last-Event-ID": since} if since else {})}
    async with client.stream("GET", "/events", headers=headers, params=params, timeout=20) as answer:
        assert answer.status_code == 200, await answer.aread()
        found: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                found[name] = value
            elif not line and found:
                yield found["id"], found["event"], json.loads(found["data"])
                found = {}


async def collect(
    client: httpx.AsyncClient, done: Callable[[list[Seen]], bool], *, cut_every: float | None = None, **options: str
) -> list[Seen]:
    """All events until `done`, over as many connections as it takes; each begins where the one before was cut."""
    seen: list[Seen] = []
    last = options.pop("since", "")
    while not done(seen):
        try:
            async with asyncio.timeout(cut_every):
                async for event in watch(client, since=last, **options):
                    seen.append(event)
                    last = event[0]
                    if done(seen):
                        break
        except (TimeoutError, httpx.TransportError):
            continue
    return seen
