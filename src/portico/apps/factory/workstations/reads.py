"""Workstations as they are shown."""

from uuid import UUID

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

COLUMNS = "id, guid, name, location, type, is_active, created_at, deleted_at, version"
ONE = f"SELECT {COLUMNS} FROM factory.workstations WHERE id = %(id)s"
BY_GUID = f"SELECT {COLUMNS} FROM factory.workstations WHERE guid = %(guid)s AND deleted_at IS NULL"
ALL = f"""
    SELECT {COLUMNS} FROM factory.workstations
    WHERE (deleted_at IS NOT NULL) = %(deleted)s AND (%(type)s::text IS NULL OR type = %(type)s)
    ORDER BY lower(name), id"""


async def workstation(connection: Connection, workstation_id: int) -> Row | None:
    """One workstation with its `version`, also a deleted one."""
    return await fetch_one(connection, ONE, {"id": workstation_id})


async def by_guid(connection: Connection, guid: UUID) -> Row | None:
    """The workstation with this code, which was not deleted."""
    return await fetch_one(connection, BY_GUID, {"guid": guid})


async def workstations(connection: Connection, *, deleted: bool = False, type: str | None = None) -> list[Row]:
    """All of the company's, by name."""
    return await fetch_all(connection, ALL, {"deleted": deleted, "type": type})
