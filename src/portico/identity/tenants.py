"""The tenants of a realm's accounts, for what has no token that says whose it is."""

from portico.identity.realm import Realm, Tenancy
from portico.kernel.database import Connection, fetch_all, fetch_one
from portico.kernel.tenancy import enter


async def tenant_of_account(connection: Connection, tenancy: Tenancy, name: str) -> str | None:
    """The tenant of the account with this username or e-mail address, in any case; None where there is none."""
    row = await fetch_one(connection, tenancy.of_account, {"name": name})
    return None if row is None else row["tenant"]


async def enter_that_of(connection: Connection, realm: Realm, name: str) -> None:
    """See the rows of the tenant that has this account; an account that nobody has is then not found."""
    if realm.tenancy is not None:
        tenant = await tenant_of_account(connection, realm.tenancy, name)
        await enter(connection, tenant or realm.tenancy.home)


async def enter_home(connection: Connection, realm: Realm) -> None:
    """See the rows of those who run the installation."""
    if realm.tenancy is not None:
        await enter(connection, realm.tenancy.home)


async def all_tenants(connection: Connection, realm: Realm) -> list[str | None]:
    """Whose rows sweeps work through, one after the other; of a realm without tenants there is one part."""
    if realm.tenancy is None:
        return [None]
    return [row["tenant"] for row in await fetch_all(connection, realm.tenancy.all)]
