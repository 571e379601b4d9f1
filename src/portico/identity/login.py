"""Logging in: look, hash, look again. No connection is held while the hash is computed."""

from typing import Any

from portico.identity.account_fields import tidied
from portico.identity.login_limits import LoginLimits
from portico.identity.passwords import hasher
from portico.identity.realm import Client, Realm
from portico.identity.sessions import Sessions
from portico.identity.tokens import TokenPair
from portico.kernel.clock import Clock
from portico.kernel.database import Connection, Database, fetch_one
from portico.kernel.errors import Forbidden, Unauthorized

FIND_ACCOUNT = """
    SELECT id, pwd_hash, is_active FROM {users}
    WHERE (lower(username) = lower(%(name)s) OR lower(email) = lower(%(name)s)) AND (is_active OR %(also_inactive)s)
    ORDER BY lower(username) = lower(%(name)s) DESC LIMIT 1"""


class Inactive(Forbidden):
    """The account is disabled. Only who knows its password is told, and only where the realm tells."""

    message = "Inactive user"


class Login:
    """Log-in by name and password for one realm. A name is a username or an e-mail address, in any case."""

    def __init__(self, realm: Realm, database: Database, sessions: Sessions, clock: Clock) -> None:
        self._realm = realm
        self._database = database
        self._sessions = sessions
        self._clock = clock
        self._find_account = realm.statement(FIND_ACCOUNT)

    async def log_in(self, name: str, password: str, client: Client) -> TokenPair:
        """Tokens of a new session.

        Raises `Unauthorized`, alike for a wrong password, an unknown and a disabled account, save that `Inactive` tells
        of the last one where the realm does; `RateLimited` after too many failures or while too many log-ins are under
        way.
        """
        name = tidied(name)
        async with self._database.connection() as connection:
            account = await self._find(connection, name)
            limits = LoginLimits(self._realm.app, account=_subject(account, name), address=client.address)
            await limits.check(connection, self._clock())
        is_right = await hasher().verify(password, account["pwd_hash"] if account else None)
        async with self._database.connection() as connection:
            now = self._clock()
            await limits.check(connection, now)
            if account is None or not is_right:
                await limits.count_failure(connection, now)
                raise Unauthorized(self._realm.refusal)
            if not account["is_active"]:
                raise Inactive
            pair = await self._sessions.begin(connection, account["id"], account["pwd_hash"], client, now)
            if pair is None:  # disabled, or given another password, while the hash was computed
                raise Unauthorized(self._realm.refusal)
            await limits.forget_account(connection)
            return pair

    async def _find(self, connection: Connection, name: str) -> dict[str, Any] | None:
        params = {"name": name, "also_inactive": self._realm.tells_inactive}
        return await fetch_one(connection, self._find_account, params)


def _subject(account: dict[str, Any] | None, name: str) -> str:
    """What failures are counted for: an account has one count, whether its username or its e-mail address is tried."""
    return f"name {name.lower()}" if account is None else f"id {account['id']}"
