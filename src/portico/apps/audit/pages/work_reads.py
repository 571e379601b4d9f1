"""What the pages show of workpapers, findings, samples, ledgers and controls."""

from typing import Any

from portico.apps.audit.pages.reads import PART, SEEN
from portico.apps.audit.users.reads import name
from portico.apps.audit.workpapers.reads import reviews
from portico.kernel.database import Connection, Row, fetch_all, fetch_one

PREPARER, REVIEWER, OWNER = name("p"), name("r"), name("o")
WORKPAPERS: Any = f"""
    SELECT w.id, w.number, v.number AS version, v.title, v.state, v.prepared_at, v.reviewed_at, c.code AS procedure,
        {PREPARER} AS preparer, {REVIEWER} AS reviewer
    FROM audit.workpapers AS w
    JOIN LATERAL (SELECT * FROM audit.workpaper_versions WHERE workpaper_id = w.id ORDER BY number DESC LIMIT 1) AS v
        ON true
    JOIN audit.procedures AS c ON c.id = w.procedure_id
    LEFT JOIN audit.users AS p ON p.id = v.prepared_by LEFT JOIN audit.users AS r ON r.id = v.reviewed_by
    WHERE w.engagement_id = %(id)s ORDER BY w.number LIMIT 500"""
WORKPAPER: Any = f"""
    SELECT w.id, w.engagement_id, w.number, v.id AS version_id, v.number AS version, v.version AS etag, v.title,
        v.objective, v.work_done, v.conclusion, v.state, v.prepared_by, v.prepared_at, v.reviewed_at, v.review_note,
        c.code AS procedure, c.title AS procedure_title, {PREPARER} AS preparer, {REVIEWER} AS reviewer
    FROM audit.workpapers AS w {SEEN.format(of="w.engagement_id")}
    JOIN LATERAL (SELECT * FROM audit.workpaper_versions WHERE workpaper_id = w.id ORDER BY number DESC LIMIT 1) AS v
        ON true
    JOIN audit.procedures AS c ON c.id = w.procedure_id
    LEFT JOIN audit.users AS p ON p.id = v.prepared_by LEFT JOIN audit.users AS r ON r.id = v.reviewed_by
    WHERE w.id = %(id)s"""
RESTS_ON = """
    SELECT v.id, d.number, v.number AS version, d.title, v.sha256, v.state FROM {table} AS e
    JOIN audit.evidence_versions AS v ON v.id = e.evidence_version_id
    JOIN audit.evidence AS d ON d.id = v.evidence_id WHERE e.{column} = %(id)s ORDER BY d.number, v.number"""
OF_WORKPAPER: Any = RESTS_ON.format(table="audit.workpaper_evidence", column="workpaper_version_id")
OF_FINDING: Any = RESTS_ON.format(table="audit.finding_evidence", column="finding_id")
EDITIONS = """
    SELECT number, state, prepared_at, reviewed_at FROM audit.workpaper_versions WHERE workpaper_id = %(id)s
    ORDER BY number DESC"""
FINDINGS: Any = f"""
    SELECT f.id, f.number, f.title, f.severity, f.state, f.due_on, f.sent_at, {OWNER} AS owner
    FROM audit.findings AS f LEFT JOIN audit.users AS o ON o.id = f.owner_id
    WHERE f.engagement_id = %(id)s ORDER BY f.number LIMIT 500"""
FINDING: Any = f"""
    SELECT f.*, {OWNER} AS owner, o.guid AS owner_guid, w.number AS workpaper, q.code AS requirement,
        q.title AS requirement_title, c.code AS procedure, c.title AS procedure_title, m.role, m.may_accept_risk
    FROM audit.findings AS f {SEEN.format(of="f.engagement_id")}
    LEFT JOIN audit.users AS o ON o.id = f.owner_id LEFT JOIN audit.workpapers AS w ON w.id = f.workpaper_id
    LEFT JOIN audit.procedures AS c ON c.id = w.procedure_id
    LEFT JOIN audit.requirements AS q ON q.id = coalesce(f.requirement_id, c.requirement_id) WHERE f.id = %(id)s"""
NOTES = """
    SELECT at, user_name, action, text FROM audit.finding_notes WHERE finding_id = %(id)s ORDER BY id"""
SAMPLES = """
    SELECT s.id, s.number, s.name, s.method, s.size, s.state, s.seed, p.name AS population, p.count, p.value
    FROM audit.samples AS s JOIN audit.populations AS p ON p.id = s.population_id
    WHERE s.engagement_id = %(id)s ORDER BY s.number LIMIT 500"""
POPULATIONS = """
    SELECT p.id, p.number, p.name, p.state, p.count, p.value, p.hash, l.name AS ledger FROM audit.populations AS p
    JOIN audit.ledgers AS l ON l.id = p.ledger_id WHERE p.engagement_id = %(id)s ORDER BY p.number LIMIT 500"""
SAMPLE: Any = f"""
    SELECT s.*, p.name AS population, p.count, p.value, p.hash, l.name AS ledger
    FROM audit.samples AS s {SEEN.format(of="s.engagement_id")} JOIN audit.populations AS p ON p.id = s.population_id
    JOIN audit.ledgers AS l ON l.id = p.ledger_id WHERE s.id = %(id)s"""
ITEMS = """
    SELECT i.position, i.item, i.amount, i.hits, i.is_deviation, i.audited_amount, i.note, e.number, e.posted_on,
        n.account, coalesce(nullif(n.description, ''), e.description) AS description
    FROM audit.sample_items AS i JOIN audit.samples AS s ON s.id = i.sample_id
    JOIN audit.populations AS p ON p.id = s.population_id
    JOIN audit.population_items AS x ON x.population_id = p.id AND x.position = i.item
    JOIN audit.lines AS n ON n.ledger_id = p.ledger_id AND n.position = x.line
    JOIN audit.entries AS e ON e.ledger_id = n.ledger_id AND e.position = n.entry
    WHERE i.sample_id = %(id)s ORDER BY i.position LIMIT 500"""
RECONCILIATIONS = """
    SELECT r.id, r.kind, r.summary, r.made_at, a.name AS statement, b.name AS ledger FROM audit.reconciliations AS r
    JOIN audit.ledgers AS a ON a.id = r.left_ledger_id JOIN audit.ledgers AS b ON b.id = r.right_ledger_id
    WHERE r.engagement_id = %(id)s ORDER BY r.id DESC LIMIT 50"""
REQUIREMENT = """
    SELECT q.id, q.framework_id, q.position, q.code, q.label, q.title, q.text, q.guidance, q.related, q.parent_code,
        q.family, q.family_title, q.is_withdrawn, f.title AS framework
    FROM audit.engagement_frameworks AS c JOIN audit.frameworks AS f ON f.id = c.framework_id
    JOIN audit.requirements AS q ON q.framework_id = f.id WHERE c.engagement_id = %(id)s AND q.id = %(requirement)s"""
SUBMITTED: Any = f"""
    SELECT r.id, r.number, r.title, r.submitted_at, e.name AS engagement FROM audit.requests AS r
    JOIN audit.engagements AS e ON e.id = r.engagement_id {SEEN.format(of="e.id")}
    WHERE r.state = 'submitted' AND e.state <> 'archived' ORDER BY r.submitted_at, r.id LIMIT %(limit)s"""
RETESTS: Any = f"""
    SELECT f.id, f.number, f.title, f.severity, f.state, e.name AS engagement FROM audit.findings AS f
    JOIN audit.engagements AS e ON e.id = f.engagement_id {SEEN.format(of="e.id")}
    WHERE f.state IN ('ready_for_retest', 'disputed') AND e.state <> 'archived' ORDER BY f.id LIMIT %(limit)s"""


async def workpapers(connection: Connection, engagement_id: int) -> list[Row]:
    return await fetch_all(connection, WORKPAPERS, {"id": engagement_id})


async def workpaper(connection: Connection, me: int, workpaper_id: int) -> Row | None:
    """The newest edition of a workpaper, with what it rests on and the editions before."""
    found = await fetch_one(connection, WORKPAPER, {"me": me, "id": workpaper_id})
    if found is None:
        return None
    rests = await fetch_all(connection, OF_WORKPAPER, {"id": found["version_id"]})
    return {**found, "rests": rests, "editions": await fetch_all(connection, EDITIONS, {"id": workpaper_id})}


async def findings(connection: Connection, engagement_id: int) -> list[Row]:
    return await fetch_all(connection, FINDINGS, {"id": engagement_id})


async def finding(connection: Connection, me: int, finding_id: int) -> Row | None:
    """A finding as the team sees it, with what it rests on and what was said."""
    found = await fetch_one(connection, FINDING, {"me": me, "id": finding_id})
    if found is None:
        return None
    rests = await fetch_all(connection, OF_FINDING, {"id": finding_id})
    return {**found, "rests": rests, "notes": await notes(connection, finding_id)}


async def notes(connection: Connection, finding_id: int) -> list[Row]:
    return await fetch_all(connection, NOTES, {"id": finding_id})


async def samples(connection: Connection, engagement_id: int) -> list[Row]:
    return await fetch_all(connection, SAMPLES, {"id": engagement_id})


async def populations(connection: Connection, engagement_id: int) -> list[Row]:
    return await fetch_all(connection, POPULATIONS, {"id": engagement_id})


async def sample(connection: Connection, me: int, sample_id: int) -> Row | None:
    found = await fetch_one(connection, SAMPLE, {"me": me, "id": sample_id})
    if found is None:
        return None
    return {**found, "items": await fetch_all(connection, ITEMS, {"id": sample_id})}


async def reconciliations(connection: Connection, engagement_id: int) -> list[Row]:
    return await fetch_all(connection, RECONCILIATIONS, {"id": engagement_id})


async def requirement(connection: Connection, engagement_id: int, requirement_id: int) -> Row | None:
    """A requirement of a framework by which the engagement assesses."""
    return await fetch_one(connection, REQUIREMENT, {"id": engagement_id, "requirement": requirement_id})


async def queue(connection: Connection, me: int) -> dict[str, list[Row]]:
    """What waits for somebody of a team: workpapers that others prepared, answers, findings to test again."""
    params = {"me": me, "limit": PART}
    return {
        "workpapers": (await reviews(connection, me, limit=PART, cursor=None))["items"],
        "requests": await fetch_all(connection, SUBMITTED, params),
        "findings": await fetch_all(connection, RETESTS, params),
    }
