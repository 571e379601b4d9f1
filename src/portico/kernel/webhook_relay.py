"""From the outbox to the endpoints that want to know: each event becomes a delivery for each of them, once.

Deliveries and the position are written in one transaction. Killed at any moment, the relay goes on where it was. What
an endpoint hears is what its owner may hear at that moment: who is disabled or loses a role hears no more of it.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping

import orjson

from portico.kernel import outbox
from portico.kernel.database import Connection, Database, fetch_all, fetch_one
from portico.kernel.outbox import Event, Position

FOLLOWER = "webhooks"

Listeners = Callable[[Connection, Collection[str]], Awaitable[Mapping[str, Collection[str]]]]
"""From owners of endpoints to the words of an event's audience that stand for them. Who is left out hears nothing."""


class Relay:
    """The relay of one app. Any number of processes may have one: the row with the position is locked."""

    def __init__(self, app: str, database: Database, listeners: Listeners) -> None:
        self._app = app
        self._database = database
        self._listeners = listeners

    async def once(self) -> int:
        """Relay a batch; answers how many events it was: none where another process is at it."""
        if not await self._has_work():
            return 0
        connection = await self._database.begin()
        try:
            after = await self._locked_position(connection)
            found = [] if after is None else await outbox.read(connection, self._app, after)
            if after is not None and found:
                await self._relay(connection, after, found)
            await connection.commit()
        finally:
            await self._database.release(connection, roll_back=True)
        return len(found)

    async def _has_work(self) -> bool:
        """Asked first, and without a lock: most looks find nothing, and a lock costs a transaction number."""
        async with self._database.connection() as connection:
            row = await fetch_one(connection, _POSITION, {"app": self._app, "follower": FOLLOWER})
            return row is None or bool(await outbox.read(connection, self._app, Position(**row), limit=1))

    async def _locked_position(self, connection: Connection) -> Position | None:
        params = {"app": self._app, "follower": FOLLOWER}
        await connection.execute(
            "INSERT INTO portico.outbox_cursors (app, follower, xid, id) VALUES (%(app)s, %(follower)s, '0', 0)"
            " ON CONFLICT DO NOTHING",
            params,
        )
        row = await fetch_one(connection, f"{_POSITION} FOR UPDATE SKIP LOCKED", params)
        return Position(**row) if row else None

    async def _relay(self, connection: Connection, after: Position, found: list[Event]) -> None:
        last = found[-1].position
        params = {
            "app": self._app, "follower": FOLLOWER, "xid": str(last.xid), "id": last.id,
            "after_xid": str(after.xid), "after_id": after.id, "words": await self._words(connection),
        }  # fmt: skip
        await connection.execute(_RELAY, params)
        await connection.execute(
            "UPDATE portico.outbox_cursors SET xid = %(xid)s::text::xid8, id = %(id)s"
            " WHERE app = %(app)s AND follower = %(follower)s",
            params,
        )

    async def _words(self, connection: Connection) -> str:
        """The words of each owner of an endpoint, as JSON."""
        rows = await fetch_all(
            connection, "SELECT DISTINCT owner FROM portico.webhook_endpoints WHERE app = %(app)s", {"app": self._app}
        )
        heard = await self._listeners(connection, [row["owner"] for row in rows]) if rows else {}
        return orjson.dumps({owner: list(words) for owner, words in heard.items()}).decode()


_POSITION = """
    SELECT xid::text::bigint AS xid, id FROM portico.outbox_cursors
    WHERE app = %(app)s AND follower = %(follower)s"""

# The ids of the deliveries are given out in the order of the events: that is the order in which they are sent.
_RELAY = """
    INSERT INTO portico.webhook_deliveries
        (app, endpoint_id, event_id, topic, key, payload, traceparent, happened_at, next_at)
    SELECT o.app, e.id, o.id, o.topic, o.key, o.payload, o.traceparent, o.created_at, now()
    FROM portico.outbox AS o JOIN portico.webhook_endpoints AS e ON e.app = o.app
    JOIN jsonb_each(%(words)s::jsonb) AS heard (owner, words) ON heard.owner = e.owner
    WHERE o.app = %(app)s AND (o.xid, o.id) > (%(after_xid)s::text::xid8, %(after_id)s::bigint)
      AND (o.xid, o.id) <= (%(xid)s::text::xid8, %(id)s::bigint) AND o.created_at >= e.created_at
      AND heard.words ?| o.audience
      AND EXISTS (SELECT FROM unnest(e.topics) AS t
                  WHERE t IN ('*', o.topic) OR (right(t, 2) = '.*' AND starts_with(o.topic, left(t, -1))))
    ORDER BY o.xid, o.id, e.id
    ON CONFLICT (endpoint_id, event_id) DO NOTHING"""
