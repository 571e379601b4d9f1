"""Engagements as they are shown."""

from datetime import date
from typing import Any

from portico.apps.audit.engagements.readiness import Readiness
from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.listing import newest_first

COLUMNS = """
    e.id, e.name, e.objective, e.period_start, e.period_end, e.currency, e.materiality, e.performance_materiality,
    e.settings, e.state, e.issued_at, e.archived_at, e.created_at, e.version,
    json_build_object('id', c.id, 'name', coalesce(e.issued_to, c.name)) AS client"""
FROM = "FROM audit.engagements AS e JOIN audit.clients AS c ON c.id = e.client_id"
ONE = f"SELECT {COLUMNS} {FROM} WHERE e.id = %(id)s"
OWN = f"""
    {FROM} JOIN audit.members AS m ON m.engagement_id = e.id AND m.user_id = %(me)s AND m.role <> 'auditee'
    WHERE (%(state)s::text IS NULL OR e.state = %(state)s) AND (%(client)s::bigint IS NULL OR c.id = %(client)s)"""
PART = f"SELECT {COLUMNS}, m.role {OWN} AND e.id < %(before)s ORDER BY e.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total {OWN}"
OPEN = """
    WITH newest AS (
        SELECT DISTINCT ON (w.id) w.number, v.state
        FROM audit.workpapers AS w JOIN audit.workpaper_versions AS v ON v.workpaper_id = w.id
        WHERE w.engagement_id = %(id)s ORDER BY w.id, v.number DESC
    )
    SELECT e.state,
        ARRAY(SELECT number FROM newest WHERE state = 'draft' ORDER BY number) AS drafts,
        ARRAY(SELECT number FROM newest WHERE state NOT IN ('approved', 'locked') ORDER BY number) AS unapproved,
        ARRAY(SELECT number FROM audit.findings
              WHERE engagement_id = e.id AND state IN ('draft', 'validation') ORDER BY number) AS unsaid,
        ARRAY(SELECT number FROM audit.findings
              WHERE engagement_id = e.id AND state NOT IN ('closed_verified', 'withdrawn')
                AND (state <> 'risk_accepted' OR risk_accepted_until < %(today)s) ORDER BY number) AS unresolved,
        ARRAY(SELECT DISTINCT d.number FROM (
                  SELECT evidence_version_id FROM audit.document_jobs
                  WHERE engagement_id = e.id AND status IN ('queued', 'running')
                  UNION ALL SELECT evidence_version_id FROM audit.ledgers
                  WHERE engagement_id = e.id AND state = 'importing') AS waiting
              JOIN audit.evidence_versions AS v ON v.id = waiting.evidence_version_id
              JOIN audit.evidence AS d ON d.id = v.evidence_id ORDER BY d.number) AS unread
    FROM audit.engagements AS e WHERE e.id = %(id)s"""


async def engagement(connection: Connection, engagement_id: int) -> Row | None:
    """One engagement, with its `version`. Whether the caller may see it, `standing` knows."""
    return await fetch_one(connection, ONE, {"id": engagement_id})


async def engagements(
    connection: Connection, *, me: int, state: str | None, client_id: int | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Those in whose teams the caller is, with the caller's role, the newest first."""
    params = {"me": me, "state": state, "client": client_id}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def readiness(connection: Connection, engagement_id: int, today: date) -> Readiness:
    """What is open in an engagement that is there."""
    row = await fetch_one(connection, OPEN, {"id": engagement_id, "today": today})
    return Readiness(**(row or {}))
