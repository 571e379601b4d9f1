"""Users as they are shown. Nothing here reads a password."""

from typing import Any, LiteralString
from uuid import UUID

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.paging import BIGGEST_ID, seal, unseal

COLUMNS = "u.guid AS id, u.email, u.first_name, u.last_name, u.role, u.is_active, u.created_at, u.version"
ONE = f"SELECT {COLUMNS} FROM audit.users AS u WHERE u.id = %(id)s"
BY_GUID = f"SELECT {COLUMNS} FROM audit.users AS u WHERE u.guid = %(guid)s"
GUID = "SELECT guid FROM audit.users WHERE lower(email) = lower(%(email)s) AND is_active"
MATCHING = """
    (%(role)s::text IS NULL OR u.role = %(role)s)
    AND (%(q)s::text IS NULL OR strpos(lower(concat_ws(' ', u.first_name, u.last_name, u.email)), lower(%(q)s)) > 0)"""
PART = f"""
    SELECT {COLUMNS}, u.id AS place FROM audit.users AS u
    WHERE u.id < %(before)s AND {MATCHING} ORDER BY u.id DESC LIMIT %(limit)s"""
COUNT = f"SELECT count(*) AS total FROM audit.users AS u WHERE {MATCHING}"

# What somebody has done to their own account supports no conclusion.
HAS_WORKED = """
    SELECT EXISTS (
        SELECT FROM portico.event_log AS e
        WHERE e.app = 'audit' AND e.actor = %(key)s AND e.object <> 'user:' || %(guid)s::text) AS has_worked"""


def name(alias: LiteralString) -> LiteralString:
    """SQL: what the user of this alias is called. Who has given no name is called by the e-mail address."""
    return f"coalesce(nullif(trim(concat_ws(' ', {alias}.first_name, {alias}.last_name)), ''), {alias}.email)"


def person(alias: LiteralString) -> LiteralString:
    """SQL: the user of this alias as answers show people, or null: see `portico.apps.audit.fields.PersonOut`."""
    shown = f"json_build_object('id', {alias}.guid, 'name', {name(alias)})"
    return f"CASE WHEN {alias}.id IS NOT NULL THEN {shown} END"


async def user(connection: Connection, user_id: int) -> Row | None:
    """One user, with the `version`."""
    return await fetch_one(connection, ONE, {"id": user_id})


async def user_of(connection: Connection, guid: UUID) -> Row | None:
    """The same by the id that is shown."""
    return await fetch_one(connection, BY_GUID, {"guid": guid})


async def guid_of(connection: Connection, email: str) -> UUID | None:
    """The id under which whoever may sign in with this address is shown."""
    row = await fetch_one(connection, GUID, {"email": email})
    return row["guid"] if row else None


async def has_worked(connection: Connection, user_id: int, guid: UUID) -> bool:
    """Whether the log tells of anything that this user has done, wherever it left its traces."""
    row = await fetch_one(connection, HAS_WORKED, {"key": str(user_id), "guid": guid})
    return row is not None and row["has_worked"]


async def users(
    connection: Connection, *, role: str | None, q: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """The newest users first. `q` is part of a name or of an e-mail address."""
    filters = {"role": role, "q": q}
    before = unseal(cursor, int)[0] if cursor else BIGGEST_ID
    rows = await fetch_all(connection, PART, {**filters, "before": before, "limit": limit})
    counted = await fetch_one(connection, COUNT, filters) or {"total": 0}
    following = seal(rows[-1]["place"]) if len(rows) == limit else None
    return {"items": rows, "total": counted["total"], "next_cursor": following}
