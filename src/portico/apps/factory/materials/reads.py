"""Materials as they are shown."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

COLUMNS = "id, code, name, unit, created_at, deleted_at, version"
ONE = f"SELECT {COLUMNS} FROM factory.materials WHERE id = %(id)s"
MATCHING = "(deleted_at IS NOT NULL) = %(deleted)s AND (%(code)s::text IS NULL OR code = %(code)s)"
PART = f"SELECT {COLUMNS} FROM factory.materials WHERE {MATCHING} AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM factory.materials WHERE {MATCHING}"
# Kept as a foreign key keeps it: who deletes it, and looks whether there is any of it, waits for this transaction.
KEEP = "SELECT id FROM factory.materials WHERE id = %(id)s AND deleted_at IS NULL FOR KEY SHARE"


async def material(connection: Connection, material_id: int) -> Row | None:
    """Also one that is deleted."""
    return await fetch_one(connection, ONE, {"id": material_id})


async def materials(
    connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)


async def keep(connection: Connection, material_id: int) -> bool:
    """Whether there is this material; if so, it is not deleted before this transaction ends."""
    return await fetch_one(connection, KEEP, {"id": material_id}) is not None
