"""Requests as they are shown: to the team all of them, to an auditee those that were sent to them."""

from typing import Any, LiteralString
from uuid import UUID

from portico.apps.audit.engagements.standing import INSIDE
from portico.apps.audit.permissions import Access
from portico.apps.audit.users.reads import person
from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

MINE: LiteralString = """
    r.assignee_id = %(me)s AND r.state <> 'draft' AND EXISTS (
        SELECT FROM audit.members AS n
        WHERE n.engagement_id = r.engagement_id AND n.user_id = %(me)s AND n.role = 'auditee')"""
TEAM: LiteralString = INSIDE.format(of="r.engagement_id")
UPLOADED: LiteralString = """
    EXISTS (SELECT FROM audit.evidence_versions AS v WHERE v.evidence_id = d.id AND v.received_by = %(me)s)"""
REQUEST: LiteralString = f"""
    SELECT r.id, r.engagement_id, e.name AS engagement, c.name AS client, r.number, r.title, r.description,
           {person("a")} AS assignee, CASE WHEN {TEAM} THEN r.procedure_id END AS procedure_id, r.due_on, r.state,
           r.answer, r.return_reason, r.created_at, r.sent_at, r.submitted_at, r.decided_at,
           (SELECT count(*) FROM audit.evidence AS d WHERE d.request_id = r.id AND ({TEAM} OR {UPLOADED})) AS documents,
           EXISTS (SELECT FROM audit.members AS s WHERE s.engagement_id = r.engagement_id
                   AND s.user_id = r.assignee_id AND s.role = 'auditee') AS is_assigned,
           trim(r.answer) <> '' OR EXISTS (SELECT FROM audit.evidence AS d WHERE d.request_id = r.id) AS is_answered,
           e.state AS engagement_state, r.version
    FROM audit.requests AS r
    JOIN audit.engagements AS e ON e.id = r.engagement_id
    JOIN audit.clients AS c ON c.id = e.client_id
    LEFT JOIN audit.users AS a ON a.id = r.assignee_id"""
ONE = f"{REQUEST} WHERE r.id = %(id)s AND ({TEAM} OR ({MINE}))"
MATCHING: LiteralString = "(%(state)s::text IS NULL OR r.state = %(state)s)"
OF_ENGAGEMENT: LiteralString = f"r.engagement_id = %(engagement)s AND {MATCHING}"
PART = f"{REQUEST} WHERE {OF_ENGAGEMENT} AND r.id < %(before)s ORDER BY r.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM audit.requests AS r WHERE {OF_ENGAGEMENT}"
PART_OF_MINE = f"{REQUEST} WHERE {MINE} AND {MATCHING} AND r.id < %(before)s ORDER BY r.id DESC LIMIT %(limit)s"
COUNT_MINE = f"SELECT count(*) AS total FROM audit.requests AS r WHERE {MINE} AND {MATCHING}"
AUDITEE = """
    SELECT u.id FROM audit.users AS u JOIN audit.members AS m ON m.user_id = u.id
    WHERE u.guid = %(guid)s AND m.engagement_id = %(engagement)s AND m.role = 'auditee'"""


async def request(connection: Connection, access: Access, request_id: int) -> Row | None:
    """One request that the caller may see."""
    return await fetch_one(connection, ONE, {"id": request_id, "me": access.user_id})


async def requests(
    connection: Connection, access: Access, engagement_id: int, *, state: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of an engagement's, the newest first, for who has looked into it."""
    params = {"engagement": engagement_id, "me": access.user_id, "state": state}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def own_requests(
    connection: Connection, access: Access, *, state: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of what the caller is asked, in all engagements, the newest first."""
    params = {"me": access.user_id, "state": state}
    return await newest_first(
        connection, part=PART_OF_MINE, count=COUNT_MINE, params=params, limit=limit, cursor=cursor
    )


async def auditee(connection: Connection, engagement_id: int, guid: UUID) -> int | None:
    """The inner id of an auditee of this engagement."""
    row = await fetch_one(connection, AUDITEE, {"engagement": engagement_id, "guid": guid})
    return row["id"] if row else None
