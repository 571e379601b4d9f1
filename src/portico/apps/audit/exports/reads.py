"""What an export tells of an engagement: what was assessed, what was found, on what evidence, by whom."""

from dataclasses import dataclass
from typing import Any, LiteralString

from portico.apps.audit.binder.reads import ONE_MOMENT
from portico.apps.audit.users.reads import person
from portico.kernel.database import Connection, Row, fetch_all, fetch_one

ENGAGEMENT = """
    SELECT e.id, e.name, e.objective, e.period_start, e.period_end, e.state, e.version, e.created_at,
           c.id AS client_id, coalesce(e.issued_to, c.name) AS client
    FROM audit.engagements AS e JOIN audit.clients AS c ON c.id = e.client_id WHERE e.id = %(id)s"""
FRAMEWORKS = """
    SELECT f.id, f.uuid, f.title, f.document_version, f.kind, c.at
    FROM audit.engagement_frameworks AS c JOIN audit.frameworks AS f ON f.id = c.framework_id
    WHERE c.engagement_id = %(id)s ORDER BY f.id"""


def _sealed(links: LiteralString, condition: LiteralString) -> LiteralString:
    return f"""(
        SELECT coalesce(json_agg(DISTINCT l.evidence_version_id), '[]'::json)
        FROM {links} AS l JOIN audit.evidence_versions AS x ON x.id = l.evidence_version_id
        WHERE x.sealed_at IS NOT NULL AND {condition})"""


NEWEST_EDITION = """
    l.workpaper_version_id = (SELECT max(v.id) FROM audit.workpaper_versions AS v
                              WHERE v.workpaper_id = {}.workpaper_id)"""
# The newest assessment of a requirement counts.
ASSESSMENTS = f"""
    SELECT DISTINCT ON (q.framework_id, q.position) a.id, a.method, a.result, a.observation, a.at,
           q.id AS requirement_id, q.framework_id, q.code, q.label, q.title, q.statement_id,
           {person("u")} AS assessor,
           {_sealed("audit.workpaper_evidence", NEWEST_EDITION.format("a"))} AS evidence
    FROM audit.assessments AS a JOIN audit.requirements AS q ON q.id = a.requirement_id
    JOIN audit.users AS u ON u.id = a.user_id
    WHERE a.engagement_id = %(id)s ORDER BY q.framework_id, q.position, a.id DESC"""
# What nobody was told of yet, and what was taken back, is nobody else's business.
FINDINGS = f"""
    SELECT f.id, f.number, f.title, f.criteria, f.condition, f.cause, f.effect, f.recommendation, f.severity, f.state,
           f.sent_at, f.action_plan, f.due_on, f.closed_at, f.risk_accepted_until,
           q.id AS requirement_id, q.framework_id, q.code, q.label, p.method,
           {person("w")} AS writer, {person("o")} AS owner,
           {_sealed("audit.finding_evidence", "l.finding_id = f.id")} AS evidence
    FROM audit.findings AS f
    JOIN audit.workpapers AS paper ON paper.id = f.workpaper_id
    JOIN audit.procedures AS p ON p.id = paper.procedure_id
    JOIN audit.users AS w ON w.id = f.written_by
    LEFT JOIN audit.users AS o ON o.id = f.owner_id
    LEFT JOIN audit.requirements AS q ON q.id = f.requirement_id
    WHERE f.engagement_id = %(id)s AND f.state NOT IN ('draft', 'withdrawn') ORDER BY f.number"""
NOTES = f"""
    SELECT n.id, n.finding_id, n.action, n.text, n.at, {person("u")} AS by
    FROM audit.finding_notes AS n JOIN audit.findings AS f ON f.id = n.finding_id
    LEFT JOIN audit.users AS u ON u.id = n.user_id
    WHERE f.engagement_id = %(id)s AND f.state NOT IN ('draft', 'withdrawn') ORDER BY n.id"""
EVIDENCE = """
    SELECT v.id, d.number AS evidence_number, d.title, v.number, v.name, v.media_type, v.sha256, v.sealed_at
    FROM audit.evidence_versions AS v JOIN audit.evidence AS d ON d.id = v.evidence_id
    WHERE d.engagement_id = %(id)s AND v.sealed_at IS NOT NULL ORDER BY v.id"""


@dataclass(frozen=True)
class Told:
    """An engagement as exports tell it. `evidence` is by the id of the version."""

    engagement: Row
    frameworks: list[Row]
    assessments: list[Row]
    findings: list[Row]
    notes: list[Row]
    evidence: dict[int, Row]


async def told(connection: Connection, engagement_id: int) -> Told:
    """All of an engagement that is there, as it is at one moment."""
    params: dict[str, Any] = {"id": engagement_id}
    async with connection.transaction():
        await connection.execute(ONE_MOMENT)
        engagement = await fetch_one(connection, ENGAGEMENT, params)
        assert engagement is not None  # noqa: S101 - the caller has looked into it
        return Told(
            engagement=engagement,
            frameworks=await fetch_all(connection, FRAMEWORKS, params),
            assessments=await fetch_all(connection, ASSESSMENTS, params),
            findings=await fetch_all(connection, FINDINGS, params),
            notes=await fetch_all(connection, NOTES, params),
            evidence={row["id"]: row for row in await fetch_all(connection, EVIDENCE, params)},
        )
