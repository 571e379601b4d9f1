"""API keys: what programs sign in with. A key is shown once; of it only the hash is kept.

SHA-256 without salt and without cost is enough here, and is not for passwords: a key is 256 random bits, so there is no
dictionary to go through and no two are alike. It takes a microsecond, which bcrypt at each request would not.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import structlog
from sqlalchemy import ARRAY, BigInteger, DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from portico.identity.realm import Caller, Realm
from portico.kernel.database import Connection, Database, Row, fetch_all, fetch_one
from portico.kernel.errors import Conflict, Unauthorized
from portico.kernel.tenancy import TENANT

HINT = 8  # characters of a key that are shown later, to tell keys apart
UUID_TEXT = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST = 100  # live keys of one user
USE_NOTED_EVERY = timedelta(minutes=1)

log = structlog.get_logger("portico.identity")


class ApiKeyColumns:
    """A key of one user."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hint: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class TooManyKeys(Conflict):
    message = f"A user has at most {MOST} live API keys."


class ApiKeys:
    """The keys of one realm, each looked up anew for each request: what is revoked is refused everywhere at once."""

    def __init__(self, realm: Realm, database: Database) -> None:
        self._database = database
        self._prefix = realm.api_key_prefix
        self._statements = _statements(realm)
        self._noting: dict[UUID, asyncio.Task[None]] = {}

    async def create(
        self, connection: Connection, *, user_id: int, name: str, scopes: Sequence[str], now: datetime, until: datetime
    ) -> tuple[str, Row]:
        """A new key's text, which nobody can tell again, and what is kept of it. Raises `TooManyKeys`."""
        tenant = TENANT.get()
        text = self._prefix + secrets.token_urlsafe(32) + ("" if tenant is None else f".{tenant}")
        row = await fetch_one(
            connection,
            self._statements["create"],
            {
                "id": uuid4(), "user_id": user_id, "name": name, "digest": _digest(text), "hint": text[:HINT],
                "scopes": sorted(set(scopes)), "now": now, "expires": until, "most": MOST,
            },
        )  # fmt: skip
        if row is None:
            raise TooManyKeys
        return text, row

    async def of_user(self, connection: Connection, user_id: int, now: datetime) -> list[Row]:
        """The live keys of one user, the newest first."""
        return await fetch_all(connection, self._statements["of_user"], {"user_id": user_id, "now": now})

    async def revoke(self, connection: Connection, key_id: UUID, *, user_id: int, now: datetime) -> bool:
        """End one live key of this user; False where there is none."""
        params = {"id": key_id, "user_id": user_id, "now": now}
        return await fetch_one(connection, self._statements["revoke"], params) is not None

    async def caller(self, connection: Connection, text: str, now: datetime) -> Caller:
        """Whose key this is, as things stand now. Raises `Unauthorized` for one that is not live."""
        params = {"digest": _digest(text), "now": now, "due": now - USE_NOTED_EVERY}
        row = await fetch_one(connection, self._statements["caller"], params)
        if row is None:
            raise Unauthorized("Invalid API key")
        if row["is_due"] and row["id"] not in self._noting:
            # On a connection of its own: the request's may be read-only, and is not to lock the key while it writes.
            task = self._noting[row["id"]] = asyncio.create_task(self._note_use(row["id"], now))
            task.add_done_callback(lambda _: self._noting.pop(row["id"], None))
        return Caller(row["user_id"], row["id"], frozenset(row["roles"]), frozenset(row["scopes"]), row["name"])

    async def _note_use(self, key_id: UUID, now: datetime) -> None:
        try:
            async with self._database.connection() as connection:
                params = {"id": key_id, "now": now, "due": now - USE_NOTED_EVERY}
                await connection.execute(self._statements["note_use"], params)
        except (psycopg.Error, RuntimeError) as error:  # a database that is closed meanwhile raises the latter
            log.warning("the use of an API key was not noted", error=type(error).__name__)


def tenant_in(text: str) -> str | None:
    """Whose a key says it is. It need not be true: among the keys of another tenant there is no such one."""
    tenant = text.rpartition(".")[2]
    return tenant if UUID_TEXT.fullmatch(tenant) else None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _statements(realm: Realm) -> dict[str, Any]:
    shown = "id, name, hint, scopes, created_at, expires_at, last_used_at"
    live = "ended_at IS NULL AND expires_at > %(now)s"
    templates = {
        "create": f"""
            INSERT INTO {{keys}} (id, user_id, name, digest, hint, scopes, created_at, expires_at)
            SELECT %(id)s, %(user_id)s, %(name)s, %(digest)s, %(hint)s, %(scopes)s, %(now)s, %(expires)s
            WHERE (SELECT count(*) FROM {{keys}} WHERE user_id = %(user_id)s AND {live}) < %(most)s
            RETURNING {shown}""",
        "of_user": f"SELECT {shown} FROM {{keys}} WHERE user_id = %(user_id)s AND {live} ORDER BY created_at DESC, id",
        "revoke": f"""
            UPDATE {{keys}} SET ended_at = %(now)s
            WHERE id = %(id)s AND user_id = %(user_id)s AND {live} RETURNING id""",
        "caller": """
            SELECT k.id, k.user_id, k.scopes, u.username AS name, {roles} AS roles,
                coalesce(k.last_used_at <= %(due)s, true) AS is_due
            FROM {keys} AS k JOIN {users} AS u ON u.id = k.user_id
            WHERE k.digest = %(digest)s AND k.ended_at IS NULL AND k.expires_at > %(now)s AND u.is_active""",
        "note_use": """
            UPDATE {keys} SET last_used_at = %(now)s
            WHERE id = %(id)s AND coalesce(last_used_at <= %(due)s, true)""",
    }
    return {name: realm.statement(template) for name, template in templates.items()}
