"""Logging in: look, hash, look again. No connection is held while the hash is computed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from portico.identity.account_fields import tidied
from portico.identity.login_limits import PER_ACCOUNT, PER_ADDRESS, LoginLimits
from portico.identity.passwords import hasher
from portico.identity.realm import Client, Realm
from portico.identity.sessions import Sessions
from portico.identity.tenants import tenant_of_account
from portico.identity.tokens import TokenPair
from portico.kernel.clock import Clock
from portico.kernel.database import Connection, Database, Row, fetch_one
from portico.kernel.errors import Forbidden, Unauthorized
from portico.kernel.tenancy import acting_for

FIND_ACCOUNT = """
    SELECT id, pwd_hash, is_active FROM {users}
    WHERE (lower(username) = lower(%(name)s) OR lower(email) = lower(%(name)s)) AND (is_active OR %(also_inactive)s)
    ORDER BY lower(username) = lower(%(name)s) DESC LIMIT 1"""


T = TypeVar("T")


@dataclass(frozen=True)
class Claimant:
    """Who somebody claims to be. None: there is no such account, or it has no secret of this kind."""

    account: Row | None
    secret_hash: str | None
    limits: LoginLimits
    refusal: str
    """What somebody is told who is not."""


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

        async def find(connection: Connection) -> Claimant:
            account = await self._find(connection, name)
            limits = self._limits(account, name, client)
            return Claimant(account, None if account is None else account["pwd_hash"], limits, self._realm.refusal)

        async def begin(connection: Connection, account: Row, now: datetime) -> TokenPair | None:
            if not account["is_active"]:
                raise Inactive
            return await self._sessions.begin(connection, account["id"], account["pwd_hash"], client, now)

        with acting_for(await self._tenant_of(name)):
            return await self.prove(password, find, begin)

    async def prove(
        self,
        secret: str,
        find: Callable[[Connection], Awaitable[Claimant]],
        begin: Callable[[Connection, Row, datetime], Awaitable[T | None]],
    ) -> T:
        """What `begin` makes for the account that `find` has found, if this is its secret.

        `begin` looks again and answers None where the account was disabled, or given another secret, while the hash
        was computed. Raises as `log_in` does. Whatever was wrong is answered alike, and after the same work.
        """
        async with self._database.connection() as connection:
            claimant = await find(connection)
            await claimant.limits.check(connection, self._clock())
        is_right = await hasher().verify(secret, claimant.secret_hash)
        async with self._database.connection() as connection:
            now = self._clock()
            await claimant.limits.check(connection, now)
            if claimant.account is None or not is_right:
                await claimant.limits.count_failure(connection, now)
                raise Unauthorized(claimant.refusal)
            begun = await begin(connection, claimant.account, now)
            if begun is None:
                raise Unauthorized(claimant.refusal)
            await claimant.limits.forget_account(connection)
            return begun

    async def _tenant_of(self, name: str) -> str | None:
        """Where nobody has this name, that of the installation: what is looked for there takes as long."""
        if self._realm.tenancy is None:
            return None
        async with self._database.connection() as connection:
            return await tenant_of_account(connection, self._realm.tenancy, name) or self._realm.tenancy.home

    def _limits(self, account: Row | None, name: str, client: Client) -> LoginLimits:
        """An account has one count, whether its username or its e-mail address is tried."""
        subject = f"name {name.lower()}" if account is None else f"id {account['id']}"
        most = {f"account {subject}": PER_ACCOUNT, f"address {client.address}": PER_ADDRESS}
        return LoginLimits(self._realm.app, most)

    async def _find(self, connection: Connection, name: str) -> Row | None:
        params = {"name": name, "also_inactive": self._realm.tells_inactive}
        return await fetch_one(connection, self._find_account, params)
