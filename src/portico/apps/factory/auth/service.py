"""Signing in by badge, and who has signed in."""

from datetime import datetime
from uuid import UUID

from portico.apps.factory.auth import repository
from portico.apps.factory.configuration import FactorySettings
from portico.apps.factory.tables import HOME
from portico.identity.public import PER_ADDRESS, AccessToken, Caller, Claimant, Client, Identity, LoginLimits
from portico.kernel.database import Connection, Database, Row
from portico.kernel.errors import Unauthorized
from portico.kernel.settings import validated
from portico.kernel.tenancy import acting_for
from portico.kernel.transaction import Transaction

PER_BADGE = 5
PER_STATION = 5
REFUSAL = "Badge, workstation and PIN do not fit together"


class BadgeService:
    def __init__(self, identity: Identity, database: Database) -> None:
        self._identity = identity
        self._database = database

    async def sign_in(self, badge: UUID, station: UUID, pin: str, client: Client) -> AccessToken:
        """A token for one shift at one workstation. The user's earlier ones of this kind end.

        Raises `Unauthorized`, alike for a wrong badge, a wrong workstation and a wrong PIN, and `RateLimited` after too
        many failures.
        """

        async def find(connection: Connection) -> Claimant:
            owner = await repository.owner_of(connection, badge, station)
            pin_hash = None if owner is None else owner["pin_hash"]
            return Claimant(owner, pin_hash, _limits(badge, station, client), REFUSAL)

        async def begin(connection: Connection, owner: Row, now: datetime) -> AccessToken | None:
            until = now + validated(FactorySettings).shift
            session_id = await repository.begin(
                connection, badge=badge, station=station, pin_hash=owner["pin_hash"], client=client, now=now,
                until=until,
            )  # fmt: skip
            if session_id is None:
                return None
            return self._identity.tokens.access(
                user_id=owner["id"], session_id=session_id, until=until, now=now, lasts=True
            )

        with acting_for(await self._company_of(badge, station)):
            return await self._identity.login.prove(pin, find, begin)

    async def _company_of(self, badge: UUID, station: UUID) -> str:
        """Where the two do not fit, that of the installation: what is looked for there takes as long."""
        async with self._database.connection() as connection:
            return await repository.company_of_badge(connection, badge, station) or str(HOME)


async def caller_of(identity: Identity, database: Database, access: str) -> Caller:
    """Whose access token this is."""
    claims = identity.tokens.read_access(access, identity.clock())
    with acting_for(claims.tenant):
        async with database.connection() as connection:
            return await identity.sessions.caller(connection, claims, identity.clock())


def role_of(caller: Caller) -> str:
    """Raises `Unauthorized` for somebody who has lost the only one."""
    if not caller.roles:
        raise Unauthorized("Invalid token")
    (role,) = caller.roles
    return role


async def end_at_station(write: Transaction, workstation_id: int, now: datetime) -> None:
    """Sign out whoever works at this workstation."""
    await repository.end_at_station(await write.connection(), workstation_id, now)


async def end_at_stations(write: Transaction, user_id: int, now: datetime) -> None:
    """Sign this user out wherever a badge has signed in."""
    await repository.end_at_stations(await write.connection(), user_id, now)


async def end_user(write: Transaction, user_id: int, now: datetime) -> None:
    """Sign this user out everywhere."""
    await repository.end_user(await write.connection(), user_id, now)


async def end_company(write: Transaction, now: datetime) -> None:
    """Sign everybody of the company out."""
    await repository.end_all(await write.connection(), now)


def _limits(badge: UUID, station: UUID, client: Client) -> LoginLimits:
    most = {f"badge {badge}": PER_BADGE, f"station {station}": PER_STATION, f"address {client.address}": PER_ADDRESS}
    return LoginLimits("factory", most)
