"""What the pages show: each query is told who asks, and finds only what they may see."""

from typing import Any

from portico.apps.audit.permissions import AUDITEE
from portico.apps.audit.users.reads import name
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

PART = 50
NAME = name("u")

ROLES = """
    SELECT coalesce(bool_or(role <> 'auditee'), false) AS team, coalesce(bool_or(role = 'auditee'), false) AS auditee,
        coalesce(bool_or(role IN ('lead', 'reviewer')), false) AS reviews
    FROM audit.members WHERE user_id = %(me)s"""
SEEN = "JOIN audit.members AS m ON m.engagement_id = {of} AND m.user_id = %(me)s AND m.role <> 'auditee'"
"""For queries: the caller is of the team of the engagement."""
ENGAGEMENTS = f"""
    SELECT e.id, e.name, e.state, e.period_start, e.period_end, c.name AS client, m.role,
        (SELECT count(*) FROM audit.requests AS r WHERE r.engagement_id = e.id AND r.state = 'submitted') AS submitted,
        (SELECT count(*) FROM audit.findings AS f WHERE f.engagement_id = e.id
            AND f.state NOT IN ('draft', 'closed_verified', 'risk_accepted', 'withdrawn')) AS open_findings
    FROM audit.engagements AS e JOIN audit.clients AS c ON c.id = e.client_id {SEEN.format(of="e.id")}
    ORDER BY e.state IN ('closed', 'archived'), e.period_end DESC, e.id"""
ENGAGEMENT = f"""
    SELECT e.id, e.name, e.objective, e.state, e.period_start, e.period_end, e.currency, e.materiality,
        e.performance_materiality, e.issued_at, e.archived_at, e.version, c.name AS client, m.role
    FROM audit.engagements AS e JOIN audit.clients AS c ON c.id = e.client_id {SEEN.format(of="e.id")}
    WHERE e.id = %(id)s"""
TEAM = f"""
    SELECT u.id AS user_id, u.guid, {NAME} AS name, u.email, m.role, m.may_accept_risk
    FROM audit.members AS m JOIN audit.users AS u ON u.id = m.user_id WHERE m.engagement_id = %(id)s
    ORDER BY array_position(ARRAY['lead', 'reviewer', 'auditor', 'auditee'], m.role), name"""
COUNTS = """
    SELECT 'requests' AS kind, state, count(*) AS n FROM audit.requests WHERE engagement_id = %(id)s GROUP BY state
    UNION ALL SELECT 'workpapers', v.state, count(*) FROM audit.workpapers AS w
        JOIN LATERAL (SELECT state FROM audit.workpaper_versions WHERE workpaper_id = w.id
            ORDER BY number DESC LIMIT 1) AS v ON true WHERE w.engagement_id = %(id)s GROUP BY v.state
    UNION ALL SELECT 'findings', state, count(*) FROM audit.findings WHERE engagement_id = %(id)s GROUP BY state
    UNION ALL SELECT 'evidence', v.state, count(*) FROM audit.evidence AS d
        JOIN audit.evidence_versions AS v ON v.evidence_id = d.id WHERE d.engagement_id = %(id)s GROUP BY v.state
    UNION ALL SELECT 'exceptions', decision, count(*) FROM audit.exceptions
        WHERE run_id IN (SELECT max(id) FROM audit.test_runs WHERE engagement_id = %(id)s GROUP BY ledger_id, test)
        GROUP BY decision
    UNION ALL SELECT 'samples', state, count(*) FROM audit.samples WHERE engagement_id = %(id)s GROUP BY state
    ORDER BY kind, state"""
EVENTS = """
    SELECT at, actor_name, action, details FROM portico.event_log
    WHERE app = 'audit' AND object = %(object)s AND action <> 'evidence.read' ORDER BY id DESC LIMIT %(limit)s"""
REQUESTS = f"""
    SELECT r.id, r.number, r.title, r.state, r.due_on, {NAME} AS assignee, p.code AS procedure,
        (SELECT count(*) FROM audit.evidence AS d WHERE d.request_id = r.id) AS documents
    FROM audit.requests AS r LEFT JOIN audit.users AS u ON u.id = r.assignee_id
    LEFT JOIN audit.procedures AS p ON p.id = r.procedure_id
    WHERE r.engagement_id = %(id)s AND (%(state)s = '' OR r.state = %(state)s) AND r.id < %(before)s
    ORDER BY r.id DESC LIMIT %(limit)s"""
REQUESTS_TOTAL = """
    SELECT count(*) AS total FROM audit.requests AS r
    WHERE r.engagement_id = %(id)s AND (%(state)s = '' OR r.state = %(state)s)"""
REQUEST = f"""
    SELECT r.id, r.engagement_id, r.number, r.title, r.description, r.state, r.due_on, r.answer, r.return_reason,
        r.sent_at, r.submitted_at, r.decided_at, r.version, r.procedure_id, u.guid AS assignee_id, {NAME} AS assignee,
        p.code AS procedure, p.title AS procedure_title
    FROM audit.requests AS r {SEEN.format(of="r.engagement_id")}
    LEFT JOIN audit.users AS u ON u.id = r.assignee_id LEFT JOIN audit.procedures AS p ON p.id = r.procedure_id
    WHERE r.id = %(id)s"""
DOCUMENTS_OF_REQUEST = f"""
    SELECT d.id, d.number, d.title, v.id AS version_id, v.number AS version, v.name, v.size, v.sha256, v.state,
        v.created_at, {NAME} AS received_from_user
    FROM audit.evidence AS d JOIN audit.evidence_versions AS v ON v.evidence_id = d.id
    JOIN audit.users AS u ON u.id = v.received_by
    WHERE d.request_id = %(id)s AND (%(me)s::bigint IS NULL OR v.received_by = %(me)s)
    ORDER BY d.number, v.number DESC"""
EVIDENCE = """
    SELECT v.id, d.number, v.number AS version, d.title, v.name, v.media_type, v.size, v.sha256, v.state, v.created_at,
        v.verified_at, v.failed_at, r.number AS request, r.id AS request_id
    FROM audit.evidence_versions AS v JOIN audit.evidence AS d ON d.id = v.evidence_id
    LEFT JOIN audit.requests AS r ON r.id = d.request_id
    WHERE d.engagement_id = %(id)s AND (%(state)s = '' OR v.state = %(state)s) AND v.id < %(before)s
    ORDER BY v.id DESC LIMIT %(limit)s"""
EVIDENCE_TOTAL = """
    SELECT count(*) AS total FROM audit.evidence_versions AS v JOIN audit.evidence AS d ON d.id = v.evidence_id
    WHERE d.engagement_id = %(id)s AND (%(state)s = '' OR v.state = %(state)s)"""
VERSION = f"""
    SELECT v.id, d.engagement_id, d.id AS evidence_id, d.number, v.number AS version, d.title, v.name, v.media_type,
        v.size, v.sha256, v.state, v.created_at, v.received_from, v.sealed_at, v.verified_at, v.failed_at,
        {NAME} AS received_by, r.number AS request, r.id AS request_id
    FROM audit.evidence_versions AS v JOIN audit.evidence AS d ON d.id = v.evidence_id
    {SEEN.format(of="d.engagement_id")}
    JOIN audit.users AS u ON u.id = v.received_by LEFT JOIN audit.requests AS r ON r.id = d.request_id
    WHERE v.id = %(id)s"""
VERSIONS = """
    SELECT id, number, state, created_at, sha256 FROM audit.evidence_versions WHERE evidence_id = %(id)s
    ORDER BY number DESC"""
RESTS_ON = """
    SELECT 'workpaper' AS kind, w.id, w.number, wv.title FROM audit.workpaper_evidence AS e
    JOIN audit.workpaper_versions AS wv ON wv.id = e.workpaper_version_id
    JOIN audit.workpapers AS w ON w.id = wv.workpaper_id WHERE e.evidence_version_id = %(id)s
    UNION SELECT 'finding', f.id, f.number, f.title FROM audit.finding_evidence AS e
    JOIN audit.findings AS f ON f.id = e.finding_id WHERE e.evidence_version_id = %(id)s ORDER BY kind, number"""
PAPERS = """
    SELECT v.id, d.number, v.number AS version, d.title, v.state FROM audit.evidence_versions AS v
    JOIN audit.evidence AS d ON d.id = v.evidence_id
    WHERE d.engagement_id = %(id)s AND v.state <> 'superseded' AND v.failed_at IS NULL
    ORDER BY d.number DESC LIMIT 500"""
CLIENTS = "SELECT id, name FROM audit.clients ORDER BY lower(name), id LIMIT 1000"
LEDGERS = """
    SELECT id, name FROM audit.ledgers WHERE engagement_id = %(id)s AND state = 'imported' ORDER BY id DESC LIMIT 200"""
PROCEDURES = "SELECT id, code, title FROM audit.procedures WHERE engagement_id = %(id)s ORDER BY code LIMIT 500"


async def roles(connection: Connection, me: int) -> Row:
    found = await fetch_one(connection, ROLES, {"me": me})
    assert found is not None  # noqa: S101 - an aggregate always answers a row
    return found


async def engagements(connection: Connection, me: int) -> list[Row]:
    return await fetch_all(connection, ENGAGEMENTS, {"me": me})


async def engagement(connection: Connection, me: int, engagement_id: int) -> Row | None:
    return await fetch_one(connection, ENGAGEMENT, {"me": me, "id": engagement_id})


async def team(connection: Connection, engagement_id: int) -> list[Row]:
    return await fetch_all(connection, TEAM, {"id": engagement_id})


async def auditees(connection: Connection, engagement_id: int) -> list[tuple[str, str]]:
    """The client's people of an engagement: their ids, and what a form calls them."""
    return [
        (str(each["guid"]), each["name"]) for each in await team(connection, engagement_id) if each["role"] == AUDITEE
    ]


async def counts(connection: Connection, engagement_id: int) -> dict[str, dict[str, int]]:
    """From the kind to how many there are in each state."""
    found: dict[str, dict[str, int]] = {}
    for row in await fetch_all(connection, COUNTS, {"id": engagement_id}):
        found.setdefault(row["kind"], {})[row["state"]] = row["n"]
    return found


async def events(connection: Connection, engagement_id: int, *, limit: int) -> list[Row]:
    return await fetch_all(connection, EVENTS, {"object": f"engagement:{engagement_id}", "limit": limit})


async def requests(connection: Connection, engagement_id: int, *, state: str, cursor: str | None) -> dict[str, Any]:
    params = {"id": engagement_id, "state": state}
    return await newest_first(connection, part=REQUESTS, count=REQUESTS_TOTAL, params=params, limit=PART, cursor=cursor)


async def request(connection: Connection, me: int, request_id: int) -> Row | None:
    return await fetch_one(connection, REQUEST, {"me": me, "id": request_id})


async def documents_of(connection: Connection, request_id: int, *, me: int | None = None) -> list[Row]:
    """What answers a request; with `me` only what this person has uploaded."""
    return await fetch_all(connection, DOCUMENTS_OF_REQUEST, {"id": request_id, "me": me})


async def evidence(connection: Connection, engagement_id: int, *, state: str, cursor: str | None) -> dict[str, Any]:
    params = {"id": engagement_id, "state": state}
    return await newest_first(connection, part=EVIDENCE, count=EVIDENCE_TOTAL, params=params, limit=PART, cursor=cursor)


async def version(connection: Connection, me: int, version_id: int) -> Row | None:
    """A version of evidence, with the others of its document and what rests on it."""
    found = await fetch_one(connection, VERSION, {"me": me, "id": version_id})
    if found is None:
        return None
    rests = await fetch_all(connection, RESTS_ON, {"id": version_id})
    versions = await fetch_all(connection, VERSIONS, {"id": found["evidence_id"]})
    return {**found, "rests": rests, "versions": versions}


async def procedures(connection: Connection, engagement_id: int) -> list[tuple[int, str]]:
    """Ids and what a form calls them."""
    rows = await fetch_all(connection, PROCEDURES, {"id": engagement_id})
    return [(row["id"], f"{row['code']} {row['title']}") for row in rows]


async def clients(connection: Connection) -> list[tuple[int, str]]:
    """The ids of clients, and what a form calls them."""
    return [(row["id"], row["name"]) for row in await fetch_all(connection, CLIENTS)]


async def ledgers(connection: Connection, engagement_id: int) -> list[tuple[int, str]]:
    """The ids of imported ledgers, and what a form calls them."""
    return [(row["id"], row["name"]) for row in await fetch_all(connection, LEDGERS, {"id": engagement_id})]


async def papers(connection: Connection, engagement_id: int) -> list[tuple[int, str]]:
    """The newest versions of evidence, as a form offers them to rest on."""
    rows = await fetch_all(connection, PAPERS, {"id": engagement_id})
    return [(row["id"], f"{row['number']}. {row['title']}, version {row['version']}, {row['state']}") for row in rows]
