"""Scrap reasons as they are shown."""

from collections.abc import Sequence

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

COLUMNS = "id, code, name, is_active, created_at, version"
ALL = f"SELECT {COLUMNS} FROM factory.scrap_reasons ORDER BY code"
ONE = f"SELECT {COLUMNS} FROM factory.scrap_reasons WHERE id = %(id)s"
ACTIVE = "SELECT id, code FROM factory.scrap_reasons WHERE code = ANY(%(codes)s) AND is_active"


async def scrap_reasons(connection: Connection) -> list[Row]:
    return await fetch_all(connection, ALL)


async def scrap_reason(connection: Connection, reason_id: int) -> Row | None:
    return await fetch_one(connection, ONE, {"id": reason_id})


async def active(connection: Connection, codes: Sequence[str]) -> dict[str, int]:
    """The ids of those of these codes that may be given for a reason."""
    return {row["code"]: row["id"] for row in await fetch_all(connection, ACTIVE, {"codes": list(codes)})}
