"""Users as they are shown. Nothing here tells a password or a PIN."""

from typing import Any
from uuid import UUID

from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first


async def workstation_of_session(connection: Connection, session_id: UUID) -> int | None:
    """Where a session that began by badge and PIN is at home."""
    row = await fetch_one(
        connection, "SELECT workstation_id FROM factory.sessions WHERE id = %(id)s", {"id": session_id}
    )
    return None if row is None else row["workstation_id"]


async def signed_in(connection: Connection, session_id: UUID) -> Row | None:
    """Whose session this is, of which company, and where it is at home."""
    return await fetch_one(
        connection,
        """
        SELECT u.id, u.email, u.full_name, c.id AS company_id, c.name AS company_name, s.workstation_id
        FROM factory.sessions AS s
        JOIN factory.users AS u ON u.id = s.user_id JOIN factory.companies AS c ON c.id = s.company_id
        WHERE s.id = %(id)s""",
        {"id": session_id},
    )


COLUMNS = """
    id, email, full_name, role, is_active, guid, pwd_hash IS NOT NULL AS has_password, pin_hash IS NOT NULL AS has_pin,
    created_at, updated_at, deleted_at, version"""
MATCHING = """
    role <> 'Integration' AND (deleted_at IS NOT NULL) = %(deleted)s AND (%(role)s::text IS NULL OR role = %(role)s)"""
ONE = f"SELECT {COLUMNS} FROM factory.users WHERE id = %(id)s AND role <> 'Integration'"
PART = f"SELECT {COLUMNS} FROM factory.users WHERE id < %(before)s AND {MATCHING} ORDER BY id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM factory.users WHERE {MATCHING}"


async def user(connection: Connection, user_id: int) -> Row | None:
    """One user with the `version`, also a deleted one."""
    return await fetch_one(connection, ONE, {"id": user_id})


async def page(
    connection: Connection, *, role: str | None, deleted: bool, limit: int, cursor: str | None
) -> dict[str, Any]:
    """The company's people, the newest first."""
    params = {"role": role, "deleted": deleted}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def integration(connection: Connection) -> int | None:
    """The id of the user that the company's programs act for, where there is one."""
    row = await fetch_one(connection, "SELECT id FROM factory.users WHERE role = 'Integration'")
    return None if row is None else row["id"]
