"""Companies as they are shown."""

from uuid import UUID

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

COLUMNS = "id, name, time_zone, is_active, created_at, version"


async def exists(connection: Connection) -> bool:
    """Whether the tenant of the transaction is a company."""
    return await fetch_one(connection, "SELECT id FROM factory.companies") is not None


async def company(connection: Connection) -> Row | None:
    """The company of the transaction's tenant."""
    return await fetch_one(connection, f"SELECT {COLUMNS} FROM factory.companies")


async def own(connection: Connection) -> list[Row]:
    """As `company`, as a list."""
    return await fetch_all(connection, f"SELECT {COLUMNS} FROM factory.companies")


async def all_companies(connection: Connection, session_id: UUID) -> list[Row]:
    """Every company, for the session of a SystemAdmin; for any other nothing."""
    return await fetch_all(
        connection,
        f"SELECT {COLUMNS} FROM factory.companies_for(%(session_id)s) ORDER BY lower(name)",
        {"session_id": session_id},
    )
