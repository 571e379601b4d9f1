"""Uploaded documents, and what became of their extraction, as the team sees them."""

from typing import Any, LiteralString

from portico.apps.audit.engagements.standing import INSIDE
from portico.apps.audit.permissions import Access
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

JOB: LiteralString = """
    SELECT j.id, j.id AS job_id, v.name AS filename, j.status, j.status = 'queued' AS queued, j.reason, j.result,
           j.ledger_name, j.financial_year, j.engagement_id, v.evidence_id, j.evidence_version_id, v.sha256,
           (SELECT max(l.id) FROM audit.ledgers AS l WHERE l.evidence_version_id = v.id) AS ledger_id,
           j.created_at, j.finished_at
    FROM audit.document_jobs AS j JOIN audit.evidence_versions AS v ON v.id = j.evidence_version_id"""
TEAM: LiteralString = INSIDE.format(of="j.engagement_id")
ONE = f"{JOB} WHERE j.id = %(id)s AND {TEAM}"
THESE = f"{JOB} WHERE j.id = ANY(%(ids)s) ORDER BY j.id"
MATCHING: LiteralString = f"""
    {TEAM} AND (%(engagement)s::bigint IS NULL OR j.engagement_id = %(engagement)s)
    AND (%(status)s::text IS NULL OR j.status = %(status)s)"""
PART = f"{JOB} WHERE {MATCHING} AND j.id < %(before)s ORDER BY j.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM audit.document_jobs AS j WHERE {MATCHING}"
LEDGERS = f"""
    SELECT j.ledger_name AS name, j.financial_year, j.engagement_id, count(*) AS documents
    FROM audit.document_jobs AS j WHERE {MATCHING} AND j.ledger_name <> ''
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT 1000"""
YEARS = f"""
    SELECT j.financial_year, count(*) AS documents FROM audit.document_jobs AS j
    WHERE {MATCHING} AND j.financial_year <> '' GROUP BY 1 ORDER BY 1 DESC LIMIT 1000"""
OPEN = """
    SELECT e.id FROM audit.engagements AS e
    JOIN audit.members AS m ON m.engagement_id = e.id AND m.user_id = %(me)s AND m.role <> 'auditee'
    WHERE e.state NOT IN ('closed', 'archived') ORDER BY e.id LIMIT 2"""
WORK = """
    SELECT d.engagement_id, v.id AS version_id, v.name, v.media_type, v.size, v.sha256, v.file_id, v.received_by,
           v.created_at AS received_at, e.state AS engagement_state
    FROM audit.evidence_versions AS v JOIN audit.evidence AS d ON d.id = v.evidence_id
    JOIN audit.engagements AS e ON e.id = d.engagement_id WHERE v.id = %(id)s"""

# In an archive nobody finishes anything.
UNREAD = """
    SELECT j.evidence_version_id AS id FROM audit.document_jobs AS j
    JOIN audit.engagements AS e ON e.id = j.engagement_id
    WHERE j.status IN ('queued', 'running') AND e.state <> 'archived'"""


async def job(connection: Connection, access: Access, job_id: int) -> Row | None:
    return await fetch_one(connection, ONE, {"id": job_id, "me": access.user_id})


async def these(connection: Connection, ids: list[int]) -> list[Row]:
    """Jobs that the caller has just queued, in the order of their files."""
    return await fetch_all(connection, THESE, {"ids": ids})


async def jobs(
    connection: Connection, access: Access, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    params = {**filters, "me": access.user_id}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def ledgers(connection: Connection, access: Access, engagement_id: int | None) -> list[Row]:
    """The names under which documents were uploaded."""
    return await fetch_all(connection, LEDGERS, _all(access, engagement_id))


async def financial_years(connection: Connection, access: Access, engagement_id: int | None) -> list[Row]:
    return await fetch_all(connection, YEARS, _all(access, engagement_id))


async def open_engagements(connection: Connection, access: Access) -> list[int]:
    """Those in which the caller works and uploads could go, up to two: enough to tell whether there is only one."""
    return [row["id"] for row in await fetch_all(connection, OPEN, {"me": access.user_id})]


async def work(connection: Connection, version_id: int) -> Row | None:
    """What the extraction needs to know of a version, whoever has filed it."""
    return await fetch_one(connection, WORK, {"id": version_id})


async def unread(connection: Connection) -> list[int]:
    """The versions of evidence of which it is not known yet what is in them."""
    return [row["id"] for row in await fetch_all(connection, UNREAD)]


def _all(access: Access, engagement_id: int | None) -> dict[str, Any]:
    return {"me": access.user_id, "engagement": engagement_id, "status": None}
