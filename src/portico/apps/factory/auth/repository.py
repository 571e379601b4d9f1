"""Whose badge this is, and the session that it begins."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from portico.identity.public import Client
from portico.kernel.database import Connection, Row, fetch_one

OWNER = """
    SELECT u.id, u.pin_hash, w.id AS workstation_id
    FROM factory.users AS u JOIN factory.workstations AS w ON w.company_id = u.company_id
    WHERE u.guid = %(badge)s AND w.guid = %(station)s AND u.is_active AND u.deleted_at IS NULL
      AND u.pin_hash IS NOT NULL AND w.is_active AND w.deleted_at IS NULL"""
# The user is locked: a new PIN that is under way comes first, and one that comes later ends this session too.
LOCK = f"{OWNER} AND u.pin_hash = %(pin_hash)s FOR UPDATE OF u"
BEGIN = """
    WITH ended AS (
        UPDATE factory.sessions SET ended_at = %(now)s
        WHERE user_id = %(user_id)s AND workstation_id IS NOT NULL AND ended_at IS NULL
    )
    INSERT INTO factory.sessions
        (id, user_id, workstation_id, created_at, rotated_at, expires_at, address, user_agent)
    VALUES (%(id)s, %(user_id)s, %(workstation_id)s, %(now)s, %(now)s, %(until)s, %(address)s, %(user_agent)s)"""


async def company_of_badge(connection: Connection, badge: UUID, station: UUID) -> str | None:
    """Whose badge this is, at a workstation of the same company."""
    row = await fetch_one(
        connection,
        "SELECT factory.company_of_badge(%(badge)s, %(station)s)::text AS company",
        {"badge": badge, "station": station},
    )
    return None if row is None else row["company"]


async def owner_of(connection: Connection, badge: UUID, station: UUID) -> Row | None:
    """Whose badge this is, if that one may sign in at this workstation."""
    return await fetch_one(connection, OWNER, {"badge": badge, "station": station})


async def begin(
    connection: Connection, *, badge: UUID, station: UUID, pin_hash: str, client: Client, now: datetime, until: datetime
) -> UUID | None:  # fmt: skip
    """The id of a new session, which ends this user's others at workstations; None where the PIN is another now."""
    owner = await fetch_one(connection, LOCK, {"badge": badge, "station": station, "pin_hash": pin_hash})
    if owner is None:
        return None
    params: dict[str, Any] = {
        "id": uuid4(), "user_id": owner["id"], "workstation_id": owner["workstation_id"], "now": now, "until": until,
        "address": client.address, "user_agent": client.user_agent,
    }  # fmt: skip
    await connection.execute(BEGIN, params)
    session_id: UUID = params["id"]
    return session_id


async def end_at_station(connection: Connection, workstation_id: int, now: datetime) -> None:
    await connection.execute(
        "UPDATE factory.sessions SET ended_at = %(now)s WHERE workstation_id = %(id)s AND ended_at IS NULL",
        {"id": workstation_id, "now": now},
    )


async def end_at_stations(connection: Connection, user_id: int, now: datetime) -> None:
    await connection.execute(
        """
        UPDATE factory.sessions SET ended_at = %(now)s
        WHERE user_id = %(id)s AND workstation_id IS NOT NULL AND ended_at IS NULL""",
        {"id": user_id, "now": now},
    )


async def end_user(connection: Connection, user_id: int, now: datetime) -> None:
    await connection.execute(
        "UPDATE factory.sessions SET ended_at = %(now)s WHERE user_id = %(id)s AND ended_at IS NULL",
        {"id": user_id, "now": now},
    )


async def end_all(connection: Connection, now: datetime) -> None:
    """End every session of the company's."""
    await connection.execute("UPDATE factory.sessions SET ended_at = %(now)s WHERE ended_at IS NULL", {"now": now})
