"""Evidence as it is shown: to the team all of it, to an auditee what they uploaded to requests of their own."""

from typing import Any, LiteralString

from portico.apps.audit.engagements.standing import INSIDE
from portico.apps.audit.permissions import Access
from portico.apps.audit.users.reads import person
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

TEAM: LiteralString = INSIDE.format(of="d.engagement_id")
OWN: LiteralString = """
    v.received_by = %(me)s AND EXISTS (
        SELECT FROM audit.requests AS q
        JOIN audit.members AS n ON n.engagement_id = q.engagement_id AND n.user_id = q.assignee_id
        WHERE q.id = d.request_id AND q.assignee_id = %(me)s AND q.state <> 'draft' AND n.role = 'auditee')"""
VISIBLE: LiteralString = f"({TEAM} OR {OWN})"
"""Of a version `v` of the evidence `d`: that the caller, `me`, may see it."""

VERSION: LiteralString = f"""
    SELECT v.id, v.evidence_id, d.engagement_id, d.number AS evidence_number, d.title, d.request_id, v.number, v.name,
           v.media_type, v.size, v.sha256, v.state, v.created_at AS received_at, {person("u")} AS received_by,
           v.sealed_at, v.verified_at, v.failed_at, v.file_id
    FROM audit.evidence_versions AS v
    JOIN audit.evidence AS d ON d.id = v.evidence_id
    JOIN audit.users AS u ON u.id = v.received_by"""
ONE_VERSION = f"{VERSION} WHERE v.id = %(id)s AND {VISIBLE}"
VERSIONS = f"{VERSION} WHERE v.evidence_id = %(id)s AND {VISIBLE} ORDER BY v.number DESC"
SEALED = f"{VERSION} WHERE d.engagement_id = %(engagement)s AND v.sealed_at IS NOT NULL ORDER BY d.number, v.number"
NEWEST_OF_REQUEST = """
    SELECT v.id FROM audit.evidence_versions AS v JOIN audit.evidence AS d ON d.id = v.evidence_id
    WHERE d.request_id = %(request)s AND v.state = 'received' ORDER BY v.id"""

AFTER = """
    SELECT v.id, d.engagement_id, v.name, v.media_type, v.size, v.sha256, v.file_id, v.created_at AS received_at
    FROM audit.evidence_versions AS v JOIN audit.evidence AS d ON d.id = v.evidence_id
    WHERE v.id > %(after)s ORDER BY v.id LIMIT 100"""
COUNT_VERSIONS = "SELECT count(*) AS total FROM audit.evidence_versions"

SHOWN: LiteralString = """
    json_build_object('id', v.id, 'number', v.number, 'name', v.name, 'media_type', v.media_type, 'size', v.size,
        'sha256', v.sha256, 'state', v.state, 'received_at', v.created_at, 'sealed_at', v.sealed_at,
        'failed_at', v.failed_at)"""
EVIDENCE: LiteralString = f"""
    SELECT d.id, d.engagement_id, d.number, d.title, d.request_id, d.procedure_id, d.created_at,
           newest.shown AS newest, newest.versions
    FROM audit.evidence AS d
    JOIN LATERAL (SELECT {SHOWN} AS shown, count(*) OVER () AS versions
                  FROM audit.evidence_versions AS v WHERE v.evidence_id = d.id AND {VISIBLE}
                  ORDER BY v.number DESC LIMIT 1) AS newest ON true"""
ONE = f"{EVIDENCE} WHERE d.id = %(id)s"
# By itself it says nothing new: it spares the look at what is in other engagements.
MATCHING: LiteralString = """
    d.engagement_id IN (SELECT o.engagement_id FROM audit.members AS o WHERE o.user_id = %(me)s)
    AND (%(engagement)s::bigint IS NULL OR d.engagement_id = %(engagement)s)
    AND (%(request)s::bigint IS NULL OR d.request_id = %(request)s)
    AND (%(procedure)s::bigint IS NULL OR d.procedure_id = %(procedure)s)"""
PART = f"{EVIDENCE} WHERE {MATCHING} AND d.id < %(before)s ORDER BY d.id DESC LIMIT %(limit)s"
COUNT = f"""
    SELECT count(*) AS total FROM audit.evidence AS d
    WHERE {MATCHING} AND EXISTS (SELECT FROM audit.evidence_versions AS v WHERE v.evidence_id = d.id AND {VISIBLE})"""

CUSTODY_OF: LiteralString = """
    e.app = 'audit' AND e.object = 'engagement:' || %(engagement)s::text
    AND e.details ->> 'thing' = 'evidence-version:' || %(version)s::text"""
CUSTODY = f"""
    SELECT e.id, e.at, e.action, e.actor_name, e.address, e.details, s.seq, encode(s.hash, 'hex') AS hash
    FROM portico.event_log AS e LEFT JOIN portico.event_seals AS s ON s.event_id = e.id
    WHERE {CUSTODY_OF} AND e.id < %(before)s ORDER BY e.id DESC LIMIT %(limit)s"""
COUNT_CUSTODY = f"SELECT count(*) AS total FROM portico.event_log AS e WHERE {CUSTODY_OF}"


async def version(connection: Connection, access: Access, version_id: int) -> Row | None:
    """One version that the caller may see."""
    return await fetch_one(connection, ONE_VERSION, {"id": version_id, "me": access.user_id})


async def versions(connection: Connection, access: Access, evidence_id: int) -> list[Row]:
    """The versions that the caller may see, the newest first."""
    return await fetch_all(connection, VERSIONS, {"id": evidence_id, "me": access.user_id})


async def sealed_of(connection: Connection, engagement_id: int) -> list[Row]:
    """The versions that were sealed, for who has entered the engagement. A later upload supersedes and unseals none."""
    return await fetch_all(connection, SEALED, {"engagement": engagement_id})


async def newest_received(connection: Connection, request_id: int) -> list[int]:
    """The newest versions of what answers a request, as far as nobody has sealed them: older ones are superseded."""
    return [row["id"] for row in await fetch_all(connection, NEWEST_OF_REQUEST, {"request": request_id})]


async def evidence(connection: Connection, access: Access, evidence_id: int) -> Row | None:
    return await fetch_one(connection, ONE, {"id": evidence_id, "me": access.user_id})


async def evidence_list(
    connection: Connection, access: Access, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of what the caller may see, the newest first. `filters` are the parameters of `MATCHING`."""
    params = {**filters, "me": access.user_id}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def custody(connection: Connection, found: Row, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """What was done with a version, from the log, the newest first; each event with its place in the chain."""
    params = {"engagement": found["engagement_id"], "version": found["id"]}
    return await newest_first(
        connection, part=CUSTODY, count=COUNT_CUSTODY, params=params, limit=limit, cursor=cursor
    )  # fmt: skip


async def versions_after(connection: Connection, version_id: int) -> list[Row]:
    """The next versions of all engagements, for the check of their bytes."""
    return await fetch_all(connection, AFTER, {"after": version_id})


async def count_versions(connection: Connection) -> int:
    row = await fetch_one(connection, COUNT_VERSIONS, {})
    return row["total"] if row else 0
