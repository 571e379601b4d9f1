"""What a report tells: one set of reads for every form of it, as many statements whatever the engagement holds."""

from typing import Any, LiteralString

from portico.apps.audit.engagements import reads as engagements
from portico.kernel import event_log
from portico.kernel.database import Connection, Row, fetch_all

MOST_EVIDENCE = 2000
"""Documents that are listed. The binder has them all."""
NAME: LiteralString = "trim({user}.first_name || ' ' || {user}.last_name)"

TEAM = f"""
    SELECT coalesce(nullif({NAME.format(user="u")}, ''), u.email) AS name, m.role
    FROM audit.members AS m JOIN audit.users AS u ON u.id = m.user_id WHERE m.engagement_id = %(id)s
    ORDER BY array_position(ARRAY['lead', 'reviewer', 'auditor', 'auditee'], m.role), name, u.id"""
PROCEDURES = """
    SELECT p.code, p.title, p.pack, p.method, r.label AS requirement, f.title AS framework,
        ARRAY(SELECT w.number FROM audit.workpapers AS w WHERE w.procedure_id = p.id ORDER BY w.number) AS workpapers
    FROM audit.procedures AS p LEFT JOIN audit.requirements AS r ON r.id = p.requirement_id
    LEFT JOIN audit.frameworks AS f ON f.id = r.framework_id
    WHERE p.engagement_id = %(id)s ORDER BY p.code, p.id"""
FINDINGS = f"""
    SELECT f.number, f.title, f.severity, f.state, f.criteria, f.condition, f.cause, f.effect, f.recommendation,
        f.action_plan, f.due_on, f.risk_accepted_until, f.closed_at, w.number AS workpaper, p.code AS procedure,
        r.label AS requirement, {NAME.format(user="u")} AS owner,
        (SELECT n.text FROM audit.finding_notes AS n WHERE n.finding_id = f.id AND n.action IN ('agree', 'dispute')
            AND n.text <> '' ORDER BY n.id DESC LIMIT 1) AS answer,
        ARRAY(SELECT 'E-' || d.number || ' version ' || v.number FROM audit.finding_evidence AS e
              JOIN audit.evidence_versions AS v ON v.id = e.evidence_version_id
              JOIN audit.evidence AS d ON d.id = v.evidence_id
              WHERE e.finding_id = f.id ORDER BY d.number, v.number) AS evidence
    FROM audit.findings AS f JOIN audit.workpapers AS w ON w.id = f.workpaper_id
    JOIN audit.procedures AS p ON p.id = w.procedure_id
    LEFT JOIN audit.requirements AS r ON r.id = coalesce(f.requirement_id, p.requirement_id)
    LEFT JOIN audit.users AS u ON u.id = f.owner_id
    WHERE f.engagement_id = %(id)s AND f.state NOT IN ('draft', 'withdrawn')
    ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], f.severity), f.number"""
SAMPLES = """
    SELECT s.number, s.name, s.method, s.size, s.state, s.plan, s.evaluation, s.seed, p.name AS population, p.count,
        p.value, p.hash, l.name AS ledger
    FROM audit.samples AS s JOIN audit.populations AS p ON p.id = s.population_id
    JOIN audit.ledgers AS l ON l.id = p.ledger_id WHERE s.engagement_id = %(id)s ORDER BY s.number"""
EXCEPTIONS = """
    SELECT l.name AS ledger, t.test, t.rule, t.tested, t.found,
        count(x.id) FILTER (WHERE x.decision = 'cleared') AS cleared,
        count(x.id) FILTER (WHERE x.decision = 'followed_up') AS followed_up,
        count(x.id) FILTER (WHERE x.decision = 'open') AS open
    FROM (SELECT DISTINCT ON (ledger_id, test) * FROM audit.test_runs WHERE engagement_id = %(id)s
          ORDER BY ledger_id, test, id DESC) AS t
    JOIN audit.ledgers AS l ON l.id = t.ledger_id LEFT JOIN audit.exceptions AS x ON x.run_id = t.id
    GROUP BY l.name, l.id, t.id, t.test, t.rule, t.tested, t.found ORDER BY l.name, l.id, t.test"""
RECONCILIATIONS = """
    SELECT r.kind, r.made_at, a.name AS outside, b.name AS books, r.summary
    FROM audit.reconciliations AS r JOIN audit.ledgers AS a ON a.id = r.left_ledger_id
    JOIN audit.ledgers AS b ON b.id = r.right_ledger_id WHERE r.engagement_id = %(id)s ORDER BY r.id"""
ASSESSMENTS = """
    SELECT f.title AS framework, count(*) AS assessed,
        count(*) FILTER (WHERE a.result = 'satisfied') AS satisfied,
        count(*) FILTER (WHERE a.result <> 'satisfied') AS other
    FROM (SELECT DISTINCT ON (requirement_id) * FROM audit.assessments WHERE engagement_id = %(id)s
          ORDER BY requirement_id, id DESC) AS a
    JOIN audit.requirements AS r ON r.id = a.requirement_id JOIN audit.frameworks AS f ON f.id = r.framework_id
    GROUP BY f.id, f.title ORDER BY f.title, f.id"""
EVIDENCE = f"""
    SELECT d.number, d.title, v.number AS version, v.name, v.size, v.sha256, v.state, v.created_at AS received_at,
        v.sealed_at, v.failed_at, count(*) OVER () AS total
    FROM audit.evidence AS d JOIN audit.evidence_versions AS v ON v.evidence_id = d.id
    WHERE d.engagement_id = %(id)s ORDER BY d.number, v.number LIMIT {MOST_EVIDENCE}"""
LISTS: dict[str, Any] = {
    "team": TEAM, "procedures": PROCEDURES, "findings": FINDINGS, "samples": SAMPLES, "exceptions": EXCEPTIONS,
    "reconciliations": RECONCILIATIONS, "assessments": ASSESSMENTS, "evidence": EVIDENCE,
}  # fmt: skip


async def told(connection: Connection, engagement_id: int) -> dict[str, Any]:
    """Everything of an engagement that the caller may see. What is still a draft is no finding, and not told."""
    engagement = await engagements.engagement(connection, engagement_id)
    lists: dict[str, list[Row]] = {
        name: await fetch_all(connection, sql, {"id": engagement_id}) for name, sql in LISTS.items()
    }
    return {"engagement": engagement, **lists, "head": await event_log.head(connection, "audit")}
