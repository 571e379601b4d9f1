"""Webhooks out: who is told of which events, and what became of it. Sending is `portico.kernel.webhook_sender`'s.

An app's services call these with the caller's transaction; `owner` is whoever in the app the endpoint belongs to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString
from uuid import UUID, uuid4

from portico.kernel import outgoing
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.paging import BIGGEST_ID
from portico.kernel.secret_keys import derived
from portico.kernel.settings import Settings
from portico.kernel.transaction import Transaction
from portico.kernel.webhook_signing import shown

MOST_ENDPOINTS = 20  # of one owner
SECRET_LENGTH = 32  # bytes
BOTH_SECRETS = timedelta(hours=24)
"""How long the secret before the newest is still signed with."""


@dataclass(frozen=True)
class Secrets:
    """The secrets of endpoints, made from the server's key: nothing that could be read from the database."""

    key: str

    def of(self, app: str, endpoint_id: UUID, number: int) -> bytes:
        return derived(self.key, f"{app}:webhook:{endpoint_id}:{number}")[:SECRET_LENGTH]


class Webhooks:
    """The endpoints of one app."""

    def __init__(self, app: str, settings: Settings) -> None:
        self._app = app
        self._allow_private = settings.webhook_allow_private
        self._secrets = Secrets(settings.key())

    async def add(
        self, write: Transaction, *, owner: str, url: str, topics: Sequence[str] = ("*",)
    ) -> Row:  # fmt: skip
        """A new endpoint, with its `secret`, which is shown only here.

        `topics` are names, `item.*` for all that begin so, or `*`. Raises `InvalidInput` for an address that may not
        be called, and `Conflict` where the owner has as many endpoints as there may be.
        """
        try:
            outgoing.target_of(url, allow_private=self._allow_private)
        except outgoing.Refused as refused:
            raise InvalidInput(details={"url": str(refused)}) from None
        endpoint_id = uuid4()
        row = await fetch_one(
            await write.connection(),
            f"""
            INSERT INTO portico.webhook_endpoints (id, app, owner, url, topics)
            SELECT %(id)s, %(app)s, %(owner)s, %(url)s, %(topics)s::text[] WHERE %(most)s > (
                SELECT count(*) FROM portico.webhook_endpoints WHERE app = %(app)s AND owner = %(owner)s)
            RETURNING {_COLUMNS}""",
            {
                "id": endpoint_id, "app": self._app, "owner": owner, "url": url, "topics": list(topics),
                "most": MOST_ENDPOINTS,
            },
        )  # fmt: skip
        if row is None:
            raise Conflict(f"You have {MOST_ENDPOINTS} webhooks, which is as many as there may be.")
        return {**row, "secret": shown(self._secrets.of(self._app, endpoint_id, 1))}

    async def of_owner(self, connection: Connection, owner: str) -> list[Row]:
        return await fetch_all(
            connection,
            f"SELECT {_COLUMNS} FROM portico.webhook_endpoints WHERE app = %(app)s AND owner = %(owner)s"
            " ORDER BY created_at, id",
            {"app": self._app, "owner": owner},
        )

    async def rotate_secret(self, write: Transaction, endpoint_id: UUID, *, owner: str) -> Row:
        """The endpoint with its new `secret`. For BOTH_SECRETS messages are signed with the one before, too.

        Raises `NotFound`.
        """
        row = await self._own(
            await write.connection(), endpoint_id, owner,
            "UPDATE portico.webhook_endpoints SET secret_number = secret_number + 1,"
            f" previous_until = now() + %(both)s WHERE {_OWN} RETURNING secret_number, {_COLUMNS}",
        )  # fmt: skip
        return {**row, "secret": shown(self._secrets.of(self._app, endpoint_id, row["secret_number"]))}

    async def remove(self, write: Transaction, endpoint_id: UUID, *, owner: str) -> None:
        """The endpoint goes, and with it what was to be sent to it. Raises `NotFound`."""
        statement = f"DELETE FROM portico.webhook_endpoints WHERE {_OWN} RETURNING id"
        await self._own(await write.connection(), endpoint_id, owner, statement)

    async def deliveries(
        self, connection: Connection, endpoint_id: UUID, *, owner: str, limit: int = 100, before: int = BIGGEST_ID
    ) -> list[Row]:
        """The newest deliveries of an endpoint, of events before this one. Raises `NotFound`."""
        await self._own(connection, endpoint_id, owner, f"SELECT id FROM portico.webhook_endpoints WHERE {_OWN}")
        return await fetch_all(
            connection,
            """
            SELECT event_id AS id, topic, key, state, attempts, outcome, happened_at, ended_at,
                CASE WHEN state = 'pending' THEN next_at END AS next_attempt_at
            FROM portico.webhook_deliveries WHERE endpoint_id = %(id)s AND event_id < %(before)s
            ORDER BY event_id DESC LIMIT %(limit)s""",
            {"id": endpoint_id, "limit": limit, "before": before},
        )

    async def replay(
        self, write: Transaction, endpoint_id: UUID, *, owner: str, event_id: int | None = None
    ) -> int:  # fmt: skip
        """Send the delivery of one event again, or all that are dead; answers how many. A message keeps its id.

        What still waits for its next attempt is left alone. Raises `NotFound`.
        """
        connection = await write.connection()
        await self._own(connection, endpoint_id, owner, f"SELECT id FROM portico.webhook_endpoints WHERE {_OWN}")
        replayed = await connection.execute(
            """
            UPDATE portico.webhook_deliveries SET state = 'pending', attempts = 0, next_at = now(), ended_at = NULL
            WHERE endpoint_id = %(id)s AND (state = 'dead' OR state = 'delivered' AND event_id = %(event)s::bigint)
              AND event_id = coalesce(%(event)s::bigint, event_id)""",
            {"id": endpoint_id, "event": event_id},
        )
        write.after_commit.append(write.database.bell.ring)
        return replayed.rowcount

    async def _own(self, connection: Connection, endpoint_id: UUID, owner: str, statement: LiteralString) -> Row:
        """What the statement answers about the owner's endpoint. Raises `NotFound` for those of others."""
        params = {"id": endpoint_id, "app": self._app, "owner": owner, "both": BOTH_SECRETS}
        row = await fetch_one(connection, statement, params)
        if row is None:
            raise NotFound
        return row


_COLUMNS = "id, url, topics, previous_until, created_at"
_OWN = "id = %(id)s AND app = %(app)s AND owner = %(owner)s"
