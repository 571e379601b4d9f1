"""Members as they are shown."""

from collections.abc import Collection
from uuid import UUID

from portico.apps.audit.users.reads import name
from portico.kernel.database import Connection, Row, fetch_all, fetch_one

COLUMNS = f"u.guid AS id, {name('u')} AS name, u.email, m.role, m.may_accept_risk"
FROM = "FROM audit.members AS m JOIN audit.users AS u ON u.id = m.user_id WHERE m.engagement_id = %(engagement)s"
ALL = f"""
    SELECT {COLUMNS} {FROM}
    ORDER BY array_position(ARRAY['lead', 'reviewer', 'auditor', 'auditee'], m.role), lower({name("u")}), u.id"""
ONE = f"SELECT {COLUMNS} {FROM} AND u.guid = %(guid)s"

NUMBER = f"SELECT u.id AS number {FROM} AND u.guid = %(guid)s AND (%(role)s::text IS NULL OR m.role = %(role)s)"

# Drafts of findings included: one that was disputed and taken back is a draft again. So are those that have another
# owner by now, if this one has said anything.
ANSWERS = """
    SELECT EXISTS (
        SELECT FROM audit.requests
        WHERE engagement_id = %(engagement)s AND assignee_id = %(user)s AND state <> 'draft'
    ) OR EXISTS (
        SELECT FROM audit.findings AS f
        WHERE f.engagement_id = %(engagement)s AND (f.owner_id = %(user)s OR EXISTS (
            SELECT FROM audit.finding_notes AS n WHERE n.finding_id = f.id AND n.user_id = %(user)s
            AND n.action IN ('agree', 'dispute', 'plan', 'remediate', 'ready', 'accept-risk')))
    ) AS answers"""
HAS_ROLE = "SELECT EXISTS (SELECT FROM audit.members WHERE user_id = %(user)s) AS has_role"
ROLES = "SELECT user_id, engagement_id, role FROM audit.members WHERE user_id = ANY(%(users)s)"
TEAMS = "SELECT engagement_id FROM audit.members WHERE user_id = %(user)s AND role <> 'auditee'"


async def members(connection: Connection, engagement_id: int) -> list[Row]:
    """All members of an engagement, leads first."""
    return await fetch_all(connection, ALL, {"engagement": engagement_id})


async def member(connection: Connection, engagement_id: int, guid: UUID) -> Row | None:
    return await fetch_one(connection, ONE, {"engagement": engagement_id, "guid": guid})


async def user_id_of(connection: Connection, engagement_id: int, guid: UUID, *, role: str | None = None) -> int | None:
    """The number of a member, of one with this role where it is given."""
    row = await fetch_one(connection, NUMBER, {"engagement": engagement_id, "guid": guid, "role": role})
    return None if row is None else row["number"]


async def answers_for_client(connection: Connection, engagement_id: int, user_id: int) -> bool:
    """Whether somebody was asked or told something as one of the client's people. Whatever their role is now."""
    row = await fetch_one(connection, ANSWERS, {"engagement": engagement_id, "user": user_id})
    return row is not None and row["answers"]


async def has_role(connection: Connection, user_id: int) -> bool:
    """Whether somebody has a role in any engagement."""
    row = await fetch_one(connection, HAS_ROLE, {"user": user_id})
    return row is not None and row["has_role"]


async def roles_of(connection: Connection, user_ids: Collection[int]) -> list[Row]:
    """What each of these users is in which engagement."""
    return await fetch_all(connection, ROLES, {"users": list(user_ids)})


async def engagements_of(connection: Connection, user_id: int) -> set[int]:
    """The engagements in whose teams somebody is."""
    return {row["engagement_id"] for row in await fetch_all(connection, TEAMS, {"user": user_id})}
