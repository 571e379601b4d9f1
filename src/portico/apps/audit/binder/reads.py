"""What goes into a binder: what people have written at one moment, and long lists part by part."""

from collections.abc import Mapping
from typing import Any, LiteralString

from portico.apps.audit.reports import reads as reports
from portico.kernel.database import Connection, Row, fetch_all, fetch_one

AT_ONCE = 5000  # rows that are held in memory
ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


def _person(column: LiteralString) -> LiteralString:
    return f"""(SELECT json_build_object('id', u.guid, 'name', trim(u.first_name || ' ' || u.last_name),
        'email', u.email) FROM audit.users AS u WHERE u.id = {column})"""


EVIDENCE: LiteralString = f"""
    SELECT d.number, d.title, v.number AS version, v.id, v.file_id, v.name, v.media_type, v.size, v.sha256, v.state,
        v.created_at AS received_at, {_person("v.received_by")} AS received_by, v.received_from, v.sealed_at,
        v.verified_at, v.failed_at, q.number AS request, p.code AS procedure
    FROM audit.evidence AS d JOIN audit.evidence_versions AS v ON v.evidence_id = d.id
    LEFT JOIN audit.requests AS q ON q.id = d.request_id LEFT JOIN audit.procedures AS p ON p.id = d.procedure_id
    WHERE d.engagement_id = %(id)s ORDER BY d.number, v.number"""
WORKPAPERS: LiteralString = f"""
    SELECT w.number, p.code AS procedure, v.number AS version, v.title, v.objective, v.work_done, v.conclusion, v.state,
        {_person("v.prepared_by")} AS prepared_by, v.prepared_at, {_person("v.reviewed_by")} AS reviewed_by,
        v.reviewed_at, v.review_note,
        ARRAY(SELECT 'E-' || d.number || ' version ' || x.number FROM audit.workpaper_evidence AS e
              JOIN audit.evidence_versions AS x ON x.id = e.evidence_version_id
              JOIN audit.evidence AS d ON d.id = x.evidence_id
              WHERE e.workpaper_version_id = v.id ORDER BY d.number, x.number) AS evidence
    FROM audit.workpapers AS w JOIN audit.procedures AS p ON p.id = w.procedure_id
    JOIN audit.workpaper_versions AS v ON v.workpaper_id = w.id
    WHERE w.engagement_id = %(id)s ORDER BY w.number, v.number"""
FINDINGS: LiteralString = f"""
    SELECT f.number, f.title, f.severity, f.state, f.criteria, f.condition, f.cause, f.effect, f.recommendation,
        f.action_plan, f.due_on, f.sent_at, f.closed_at, f.risk_accepted_until, {_person("f.written_by")} AS written_by,
        {_person("f.owner_id")} AS owner, {_person("f.fixed_by")} AS fixed_by, {_person("f.closed_by")} AS closed_by,
        {_person("f.risk_accepted_by")} AS risk_accepted_by, w.number AS workpaper, p.code AS procedure,
        r.label AS requirement,
        ARRAY(SELECT 'E-' || d.number || ' version ' || x.number FROM audit.finding_evidence AS e
              JOIN audit.evidence_versions AS x ON x.id = e.evidence_version_id
              JOIN audit.evidence AS d ON d.id = x.evidence_id
              WHERE e.finding_id = f.id ORDER BY d.number, x.number) AS evidence,
        (SELECT coalesce(json_agg(json_build_object(
            'action', n.action, 'text', n.text, 'at', n.at, 'by', n.user_name) ORDER BY n.id), '[]')
            FROM audit.finding_notes AS n WHERE n.finding_id = f.id) AS notes
    FROM audit.findings AS f JOIN audit.workpapers AS w ON w.id = f.workpaper_id
    JOIN audit.procedures AS p ON p.id = w.procedure_id
    LEFT JOIN audit.requirements AS r ON r.id = coalesce(f.requirement_id, p.requirement_id)
    WHERE f.engagement_id = %(id)s ORDER BY f.number"""
SAMPLES: LiteralString = """
    SELECT s.number, s.name, s.method, s.size, s.plan, s.seed, s.state, s.evaluation, s.selected_at, s.evaluated_at,
        json_build_object('number', p.number, 'name', p.name, 'ledger', l.name, 'filter', p.filter, 'count', p.count,
            'value', p.value::text, 'hash', p.hash, 'frozen_at', p.frozen_at) AS population,
        (SELECT coalesce(json_agg(json_build_object('position', i.position, 'item', i.item, 'amount', i.amount::text,
            'hits', i.hits, 'is_deviation', i.is_deviation, 'audited_amount', i.audited_amount::text, 'note', i.note)
            ORDER BY i.position), '[]') FROM audit.sample_items AS i WHERE i.sample_id = s.id) AS items
    FROM audit.samples AS s JOIN audit.populations AS p ON p.id = s.population_id
    JOIN audit.ledgers AS l ON l.id = p.ledger_id WHERE s.engagement_id = %(id)s ORDER BY s.number"""
REQUESTS: LiteralString = f"""
    SELECT q.number, q.title, q.description, {_person("q.assignee_id")} AS assignee, p.code AS procedure, q.due_on,
        q.state, q.answer, q.return_reason, q.sent_at, q.submitted_at, q.decided_at
    FROM audit.requests AS q LEFT JOIN audit.procedures AS p ON p.id = q.procedure_id
    WHERE q.engagement_id = %(id)s ORDER BY q.number"""
ADDITIONS = "SELECT text, reason, at, user_name AS by FROM audit.additions WHERE engagement_id = %(id)s ORDER BY id"
LEDGERS = """
    SELECT l.id, l.name, l.kind, l.format, l.financial_year, l.currency, l.state, l.reason, l.mapping, l.declared,
        l.computed, l.imported_at, d.number AS evidence, v.number AS evidence_version
    FROM audit.ledgers AS l JOIN audit.evidence_versions AS v ON v.id = l.evidence_version_id
    JOIN audit.evidence AS d ON d.id = v.evidence_id WHERE l.engagement_id = %(id)s ORDER BY l.id"""
RUNS = """
    SELECT id, ledger_id AS ledger, test, rule, parameters, result, tested, found, at, user_name AS by
    FROM audit.test_runs WHERE engagement_id = %(id)s ORDER BY id"""
RECONCILIATIONS = """
    SELECT id, kind, left_ledger_id AS left_ledger, right_ledger_id AS right_ledger, parameters, summary, made_at
    FROM audit.reconciliations WHERE engagement_id = %(id)s ORDER BY id"""
POPULATIONS = """
    SELECT p.id, p.number, p.name, p.ledger_id AS ledger, p.filter, p.state, p.count, p.value, p.hash, p.frozen_at,
        v.sha256 AS evidence_sha256
    FROM audit.populations AS p JOIN audit.ledgers AS l ON l.id = p.ledger_id
    JOIN audit.evidence_versions AS v ON v.id = l.evidence_version_id
    WHERE p.engagement_id = %(id)s ORDER BY p.number"""
ASSESSMENTS = """
    SELECT f.title AS framework, r.code, r.label, a.method, a.result, a.observation, a.at, a.user_name AS by,
        w.number AS workpaper
    FROM audit.assessments AS a JOIN audit.requirements AS r ON r.id = a.requirement_id
    JOIN audit.frameworks AS f ON f.id = r.framework_id LEFT JOIN audit.workpapers AS w ON w.id = a.workpaper_id
    WHERE a.engagement_id = %(id)s ORDER BY a.id"""
WRITTEN: dict[str, Any] = {
    "evidence": EVIDENCE, "workpapers": WORKPAPERS, "findings": FINDINGS, "samples": SAMPLES, "requests": REQUESTS,
    "additions": ADDITIONS, "ledgers": LEDGERS, "test_runs": RUNS, "reconciliations": RECONCILIATIONS,
    "populations": POPULATIONS, "assessments": ASSESSMENTS,
}  # fmt: skip

EXCEPTIONS = """
    SELECT x.id AS place, x.id, x.run_id AS run, x.ledger_id AS ledger, x.entry, x.line, x.why, x.details, x.decision,
        x.decision_reason, x.decided_at
    FROM audit.exceptions AS x WHERE x.engagement_id = %(of)s AND x.id > %(after)s ORDER BY x.id LIMIT %(limit)s"""
MATCHES = """
    SELECT position AS place, position, rule, why, left_lines, right_lines, difference FROM audit.matches
    WHERE reconciliation_id = %(of)s AND position > %(after)s ORDER BY position LIMIT %(limit)s"""


WAITING = """
    SELECT EXISTS (SELECT FROM portico.events_to_seal AS q JOIN portico.event_log AS e ON e.id = q.event_id
        WHERE e.app = 'audit' AND e.object = %(object)s) AS waits"""


async def waits_for_seal(connection: Connection, engagement_id: int) -> bool:
    """Whether something that was done in an engagement has no place in the chain yet."""
    found = await fetch_one(connection, WAITING, {"object": f"engagement:{engagement_id}"})
    return bool(found and found["waits"])


async def written(connection: Connection, engagement_id: int) -> dict[str, Any]:
    """What people have written, and what the report tells of it: all as it was at one moment."""
    async with connection.transaction():
        await connection.execute(ONE_MOMENT)
        told = await reports.told(connection, engagement_id)
        lists = {name: await fetch_all(connection, sql, {"id": engagement_id}) for name, sql in WRITTEN.items()}
    return {"told": told, **lists}


async def after(connection: Connection, sql: LiteralString, of: int, place: int) -> list[Mapping[str, Any]]:
    """The next rows of a long list, behind a place."""
    rows: list[Row] = await fetch_all(connection, sql, {"of": of, "after": place, "limit": AT_ONCE})
    return list(rows)
