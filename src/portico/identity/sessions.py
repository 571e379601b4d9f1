"""Sessions: begun by a log-in, renewed by rotation, ended by log-out, replay or the clock.

Every change is one atomic statement, so that parallel requests cannot both win.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from portico.identity.realm import Caller, Client, Realm
from portico.identity.tokens import AccessClaims, AccessToken, RefreshClaims, TokenPair, Tokens
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.errors import Unauthorized
from portico.kernel.tenancy import enter

GRACE = timedelta(seconds=10)
"""How long a client that sent its refresh token twice still gets the child it missed."""

END_ALL = "UPDATE {sessions} SET ended_at = now() WHERE user_id = %(user_id)s AND ended_at IS NULL"


class ReplayedToken(Unauthorized):
    """A refresh token came back after its use: the family is ended, and stays ended although the answer is 401."""

    message = "Invalid token"
    commits = True


class Sessions:
    """The sessions of one realm. Methods take the connection of the caller's transaction."""

    def __init__(self, realm: Realm, tokens: Tokens) -> None:
        self._tokens = tokens
        self._statements = _statements(realm)

    async def begin(
        self, connection: Connection, user_id: int, pwd_hash: str, client: Client, now: datetime
    ) -> TokenPair | None:
        """Tokens of a new session; None unless the account is active and this is still the hash of its password.

        The account is locked: a change of its password that is under way comes first, and one that comes later ends
        this session too.
        """
        session_id = uuid4()
        row = await self._run(
            connection, "begin", id=session_id, user_id=user_id, pwd_hash=pwd_hash, now=now,
            expires=now + self._tokens.refresh_lifetime, address=client.address, user_agent=client.user_agent,
        )  # fmt: skip
        if row is None:
            return None
        return self._tokens.pair(user_id=user_id, session_id=session_id, generation=0, rotated_at=now, now=now)

    async def rotate(self, connection: Connection, refresh_token: str, client: Client, now: datetime) -> TokenPair:
        """New tokens for a refresh token, which is used up by it.

        Raises `Unauthorized` for a token that is not live, and `ReplayedToken` for one that was used before, unless
        the same client sends it again within GRACE: that client gets the same child once more.
        """
        claims = self._tokens.read_refresh(refresh_token, now)
        if claims.tenant is not None:
            await enter(connection, claims.tenant)
        row = await self._run(
            connection, "rotate", id=claims.session_id, generation=claims.generation, now=now,
            expires=now + self._tokens.refresh_lifetime, address=client.address, user_agent=client.user_agent,
        )  # fmt: skip
        if row is None:
            row = await self._of_a_used_token(connection, claims, client, now)
        return self._tokens.pair(**row, session_id=claims.session_id, now=now)

    async def caller(self, connection: Connection, claims: AccessClaims, now: datetime) -> Caller:
        """The caller behind an access token, as things stand now. Raises `Unauthorized` where the session has ended."""
        row = await self._run(connection, "caller", id=claims.session_id, user_id=claims.user_id, now=now)
        if row is None:
            raise Unauthorized("Invalid token")
        return Caller(claims.user_id, claims.session_id, frozenset(row["roles"]), name=row["name"])

    async def callers(self, connection: Connection, session_ids: Collection[UUID], now: datetime) -> dict[UUID, Caller]:
        """The callers of those of these sessions that are live, as things stand now."""
        rows = await fetch_all(connection, self._statements["callers"], {"ids": list(session_ids), "now": now})
        return {row["id"]: Caller(row["user_id"], row["id"], frozenset(row["roles"]), name=row["name"]) for row in rows}

    async def access_again(self, connection: Connection, caller: Caller, now: datetime) -> AccessToken:
        """One more access token for the caller's session, which gets no longer by it. Raises `Unauthorized`."""
        row = await self._run(connection, "end_of", id=caller.session_id, user_id=caller.user_id, now=now)
        if row is None:
            raise Unauthorized("Invalid token")
        return self._tokens.access(
            user_id=caller.user_id, session_id=caller.session_id, until=row["expires_at"], now=now
        )

    async def of_user(self, connection: Connection, user_id: int, now: datetime) -> list[Row]:
        """The live sessions of one user, as many as anybody looks at; what was used last comes first."""
        return await fetch_all(connection, self._statements["of_user"], {"user_id": user_id, "now": now})

    async def end(self, connection: Connection, session_id: UUID, *, user_id: int, now: datetime) -> bool:
        """End one live session of this user; False where there is none."""
        return await self._run(connection, "end", id=session_id, user_id=user_id, now=now) is not None

    async def end_all(self, connection: Connection, user_id: int) -> None:
        await connection.execute(self._statements["end_all"], {"user_id": user_id})

    async def _of_a_used_token(
        self, connection: Connection, claims: RefreshClaims, client: Client, now: datetime
    ) -> dict[str, Any]:
        row = await self._run(connection, "find", id=claims.session_id, now=now)
        if row is None:
            raise Unauthorized("Invalid token")
        is_double_send = (
            row.pop("is_active")
            and row.pop("address") == client.address
            and row.pop("user_agent") == client.user_agent
            and row["generation"] == claims.generation + 1
            and now - row["rotated_at"] <= GRACE
        )
        if not is_double_send:
            await self._run(connection, "end", id=claims.session_id, user_id=row["user_id"], now=now)
            raise ReplayedToken(log=f"Refresh token of session {claims.session_id} was replayed.")
        return row

    async def _run(self, connection: Connection, name: str, **params: Any) -> dict[str, Any] | None:
        return await fetch_one(connection, self._statements[name], params)


def _statements(realm: Realm) -> dict[str, Any]:
    templates = {
        "begin": """
            INSERT INTO {sessions} (id, user_id, created_at, rotated_at, expires_at, address, user_agent)
            SELECT %(id)s, id, %(now)s, %(now)s, %(expires)s, %(address)s, %(user_agent)s
            FROM {users} WHERE id = %(user_id)s AND pwd_hash = %(pwd_hash)s AND is_active FOR SHARE
            RETURNING id""",
        "rotate": """
            UPDATE {sessions} AS s
            SET generation = s.generation + 1, rotated_at = %(now)s, expires_at = %(expires)s,
                address = %(address)s, user_agent = %(user_agent)s
            FROM {users} AS u
            WHERE s.id = %(id)s AND s.generation = %(generation)s AND s.ended_at IS NULL AND s.expires_at > %(now)s
              AND u.id = s.user_id AND u.is_active
            RETURNING s.user_id, s.generation, s.rotated_at""",
        "find": """
            SELECT s.user_id, s.generation, s.rotated_at, s.address, s.user_agent, u.is_active
            FROM {sessions} AS s JOIN {users} AS u ON u.id = s.user_id
            WHERE s.id = %(id)s AND s.ended_at IS NULL AND s.expires_at > %(now)s FOR UPDATE OF s""",
        "caller": """
            SELECT u.username AS name, {session_roles} AS roles
            FROM {sessions} AS s JOIN {users} AS u ON u.id = s.user_id
            WHERE s.id = %(id)s AND s.user_id = %(user_id)s AND s.ended_at IS NULL AND s.expires_at > %(now)s
              AND u.is_active""",
        "callers": """
            SELECT s.id, s.user_id, u.username AS name, {session_roles} AS roles
            FROM {sessions} AS s JOIN {users} AS u ON u.id = s.user_id
            WHERE s.id = ANY(%(ids)s) AND s.ended_at IS NULL AND s.expires_at > %(now)s AND u.is_active""",
        "of_user": """
            SELECT id, address, user_agent, created_at, rotated_at AS last_used_at, expires_at FROM {sessions}
            WHERE user_id = %(user_id)s AND ended_at IS NULL AND expires_at > %(now)s
            ORDER BY rotated_at DESC, id LIMIT 100""",
        "end_of": """
            SELECT expires_at FROM {sessions}
            WHERE id = %(id)s AND user_id = %(user_id)s AND ended_at IS NULL AND expires_at > %(now)s""",
        "end": """
            UPDATE {sessions} SET ended_at = %(now)s
            WHERE id = %(id)s AND user_id = %(user_id)s AND ended_at IS NULL RETURNING id""",
        "end_all": END_ALL,
    }
    return {name: realm.statement(template) for name, template in templates.items()}
