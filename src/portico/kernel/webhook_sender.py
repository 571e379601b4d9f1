"""Sending webhooks: one at a time for each object and endpoint, again after a failure, never twice on purpose.

A delivery is claimed for a while, sent without a transaction, and then marked. Whoever is killed in between leaves a
claim that runs out: the message goes again, with the same id, and nothing of the same object has overtaken it.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
import structlog

from portico.kernel import outbox, outgoing
from portico.kernel.database import Database, Row, fetch_all
from portico.kernel.settings import Settings
from portico.kernel.tracing import span
from portico.kernel.webhook_relay import Listeners, Relay
from portico.kernel.webhook_signing import signed_headers
from portico.kernel.webhooks import Secrets

WAITS = (5.0, 30.0, 120.0, 600.0, 1800.0, 7200.0, 18000.0, 36000.0)
"""Seconds before each further attempt. After the last one, 17 hours after the first, a delivery is dead."""
GONE = 410  # the receiver's way to say: never again
ATTEMPT = 15.0  # seconds
LEASE = 45.0  # seconds that a claim holds: longer than an attempt takes
AT_ONCE = 32
PER_ENDPOINT = 4  # so that one that is slow does not hold up the others
LOOKED_AT = 1000  # the oldest of what waits at an endpoint
POLL = 1.0  # seconds
LAST_WAIT = 5.0  # seconds; what is still under way when a worker ends is sent again by another

log = structlog.get_logger("portico.webhooks")


class WebhookSender:
    """Relays and sends the webhooks of some apps until it is cancelled. Any number of processes may run one."""

    def __init__(
        self, apps: Mapping[str, Listeners], database: Database, settings: Settings, *,
        waits: Sequence[float] = WAITS, within: float = ATTEMPT, lease: float = LEASE,
        chance: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self._database = database
        self._relays = [Relay(app, database, listeners) for app, listeners in apps.items()]
        self._settings = {app: settings.for_app(app) for app in apps}
        self._waits = waits
        self._within = within
        self._lease = lease
        self._chance = chance
        self._rung = asyncio.Event()
        self._sending: dict[asyncio.Task[None], UUID] = {}

    async def run(self) -> None:
        self._database.bell.follow(self._rung.set)
        try:
            while True:
                is_busy = False
                try:
                    is_busy = await self.once()
                except psycopg.Error as error:
                    log.warning("webhooks wait for the database", cause=type(error).__name__)
                except Exception:  # a mistake of ours with one app's webhooks is not to end those of all
                    log.exception("webhooks failed")
                if not is_busy:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(POLL):
                            await self._rung.wait()
                    self._rung.clear()
        finally:
            self._database.bell.leave(self._rung.set)
            if self._sending:
                await asyncio.wait(self._sending, timeout=LAST_WAIT)

    async def once(self) -> bool:
        """Relay a batch of each app and begin to send what is due; whether there may be more of it."""
        relayed = [await relay.once() for relay in self._relays]
        due = await self._claim() if len(self._sending) < AT_ONCE else []
        for delivery in due:
            task = asyncio.create_task(self._deliver(delivery))
            self._sending[task] = delivery["endpoint_id"]
            task.add_done_callback(self._sent)
        return bool(due) or outbox.BATCH in relayed

    def _sent(self, task: asyncio.Task[None]) -> None:
        del self._sending[task]
        self._rung.set()
        if not task.cancelled() and (error := task.exception()):
            log.warning("the end of a webhook was not written down: it is sent again", cause=repr(error))

    async def _claim(self) -> list[Row]:
        under_way = Counter(self._sending.values())
        params = {
            "apps": list(self._settings), "lease": self._lease, "per_endpoint": PER_ENDPOINT,
            "under_way": orjson.dumps({str(endpoint): count for endpoint, count in under_way.items()}).decode(),
            "free": AT_ONCE - len(self._sending),
        }  # fmt: skip
        async with self._database.connection() as connection:
            return await fetch_all(connection, _CLAIM, params)

    async def _deliver(self, delivery: Row) -> None:
        with span("webhook", parent=delivery["traceparent"] or None, topic=delivery["topic"]):
            outcome, is_over = await self._attempt(delivery)
        state, wait = "pending", 0.0
        if is_over or delivery["attempts"] > len(self._waits):
            state = "delivered" if outcome.startswith("2") else "dead"
        else:
            wait = self._waits[delivery["attempts"] - 1] * (0.8 + 0.4 * self._chance())
        if state == "dead":
            log.warning("webhook is dead", app=delivery["app"], endpoint=str(delivery["endpoint_id"]), why=outcome)
        async with self._database.connection() as connection:
            await connection.execute(
                _MARK,
                {
                    "id": delivery["id"], "claim": delivery["claim"], "state": state, "outcome": outcome,
                    "wait": wait,
                },
            )  # fmt: skip

    async def _attempt(self, delivery: Row) -> tuple[str, bool]:
        """What one attempt came to, and whether it was the last."""
        body = orjson.dumps(
            {"type": delivery["topic"], "timestamp": delivery["happened_at"], "data": delivery["payload"]}
        )
        private = self._settings[delivery["app"]].webhook_allow_private
        try:
            target = outgoing.target_of(delivery["url"], allow_private=private)
            headers = self._headers(delivery, body)
            status = await outgoing.post(target, body, headers, allow_private=private, within=self._within)
        except (outgoing.Refused, outgoing.Failed) as error:
            return str(error), False
        return str(status), 200 <= status < 300 or status == GONE

    def _headers(self, delivery: Row, body: bytes) -> dict[str, str]:
        secrets = Secrets(self._settings[delivery["app"]].key())
        numbers = [delivery["secret_number"], *([delivery["secret_number"] - 1] if delivery["has_previous"] else [])]
        signed = signed_headers(
            [secrets.of(delivery["app"], delivery["endpoint_id"], number) for number in numbers],
            message_id=f"evt_{delivery['app']}_{delivery['event_id']}", at=datetime.now(UTC), body=body,
        )  # fmt: skip
        return {"Content-Type": "application/json", "User-Agent": "Portico-Webhooks/1", **signed}


@asynccontextmanager
async def sending(sender: WebhookSender, database: Database) -> AsyncIterator[None]:
    """Send webhooks meanwhile."""
    await database.open()
    task = asyncio.create_task(sender.run(), name="webhooks")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await database.close()


# Only the first of what waits for an object at an endpoint is due, so nothing overtakes. Of an endpoint that has fallen
# far behind, only the oldest are looked at: the cost does not grow with what waits.
_CLAIM: Any = f"""
    WITH firsts AS (
        SELECT found.id, found.place FROM portico.webhook_endpoints AS e CROSS JOIN LATERAL (
            SELECT heads.id, row_number() OVER (ORDER BY heads.id) AS place FROM (
                SELECT DISTINCT ON (key) id, next_at FROM (
                    SELECT id, event_id, key, next_at FROM portico.webhook_deliveries
                    WHERE endpoint_id = e.id AND state = 'pending' ORDER BY event_id LIMIT {LOOKED_AT}
                ) AS oldest ORDER BY key, event_id
            ) AS heads
            WHERE heads.next_at <= now() ORDER BY heads.id
            LIMIT greatest(0, %(per_endpoint)s - coalesce((%(under_way)s::jsonb ->> e.id::text)::int, 0))
        ) AS found
        WHERE e.app = ANY(%(apps)s) ORDER BY found.place, found.id LIMIT %(free)s
    ), due AS (
        SELECT d.id FROM portico.webhook_deliveries AS d
        WHERE d.id IN (SELECT id FROM firsts) AND d.state = 'pending' AND d.next_at <= now()
        FOR UPDATE SKIP LOCKED
    )
    UPDATE portico.webhook_deliveries AS d
    SET attempts = d.attempts + 1, claim = d.claim + 1, next_at = now() + make_interval(secs => %(lease)s)
    FROM due, portico.webhook_endpoints AS e WHERE d.id = due.id AND e.id = d.endpoint_id
    RETURNING d.id, d.app, d.endpoint_id, d.event_id, d.topic, d.payload, d.traceparent, d.happened_at,
        d.attempts, d.claim, e.url, e.secret_number, coalesce(e.previous_until > now(), false) AS has_previous"""

_MARK: Any = """
    UPDATE portico.webhook_deliveries
    SET state = %(state)s, outcome = %(outcome)s, next_at = now() + make_interval(secs => %(wait)s),
        ended_at = CASE WHEN %(state)s = 'pending' THEN NULL ELSE now() END
    WHERE id = %(id)s AND claim = %(claim)s AND state = 'pending'"""
