"""Of the audit app a row of everything that lists show, n times: the first of each noun has n of what belongs to it.

The rows are made from the catalogue of the database: a table that is added has n rows by itself.
"""

import re
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.apps.audit.everything import Place, columns_of, tables, value_of

MANY = 100
BOSS, OTHER = 1, 3
COUNTED = {"id", "number", "position"}
"""Whole numbers that count the rows."""
LINKS = {
    "chunk_vectors": "chunk_id",
    "document_jobs": "evidence_version_id",
    "engagement_frameworks": "framework_id",
    "finding_evidence": "evidence_version_id",
    "mappings": "target_id",
    "workpaper_evidence": "evidence_version_id",
}
"""The column that counts them where they belong together in pairs."""
VARIED: dict[str, dict[str, str]] = {
    "accounts": {"code": "'c' || i"},
    "document_jobs": {"ledger_name": "'l' || i", "financial_year": "'y' || i"},
    "evidence_versions": {"sealed_at": "now()"},
    "findings": {"state": "'agreed'", "owner_id": f"{OTHER}", "requirement_id": "1", "sent_at": "now()"},
    "lines": {"entry": "i"},
    "populations": {"state": "'frozen'", "hash": "repeat('0', 64)", "count": "%(n)s"},
    "procedures": {"code": "'c' || i"},
    "requirements": {"code": "'c' || i"},
    "samples": {"state": "'selected'", "seed": "'seed'", "selected_at": "now()"},
    "workpaper_versions": {
        "state": "'prepared'", "prepared_by": f"{OTHER}", "prepared_at": "now()", "editors": f"ARRAY[{OTHER}]",
    },
}  # fmt: skip
"""Expressions for what differs from row to row, or from what any row has."""

# The boss leads the first n engagements, and is somebody of the client in one more.
PEOPLE = """
    SET session_replication_role = replica;
    INSERT INTO audit.users (id, username, email, pwd_hash, role) VALUES
        (1, 'boss@example.com', 'boss@example.com', %(pwd_hash)s, 'admin'),
        (2, 'visitor@example.com', 'visitor@example.com', %(pwd_hash)s, 'admin');
    INSERT INTO audit.users (id, username, email, pwd_hash)
        SELECT i + 2, 'u' || i || '@example.com', 'u' || i || '@example.com', '' FROM generate_series(1, %(n)s) i;
    UPDATE audit.users SET guid = lpad(to_hex(id), 32, '0')::uuid;
    INSERT INTO audit.sessions (id, user_id, created_at, rotated_at, expires_at, address, user_agent)
        SELECT gen_random_uuid(), 1, now(), now(), now() + interval '1 day', '', '' FROM generate_series(2, %(n)s);
    INSERT INTO audit.clients (name) SELECT 'c' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO audit.engagements (client_id, name, period_start, period_end, state)
        SELECT 1, 'e' || i, '2025-01-01', '2025-12-31', 'fieldwork' FROM generate_series(1, %(n)s + 1) i;
    INSERT INTO audit.members (engagement_id, user_id, role) SELECT i, 1, 'lead' FROM generate_series(1, %(n)s) i;
    INSERT INTO audit.members (engagement_id, user_id, role)
        SELECT 1, i + 2, 'auditor' FROM generate_series(2, %(n)s) i;
    INSERT INTO audit.members (engagement_id, user_id, role) VALUES (1, 2, 'lead'), (%(n)s + 1, 1, 'auditee'),
        (%(n)s + 1, 2, 'auditee');
    INSERT INTO audit.additions (engagement_id, text, reason, at, user_id, user_name)
        SELECT 1, 't', 'r', now(), 1, 'boss' FROM generate_series(1, %(n)s);
    INSERT INTO portico.event_log (app, actor, actor_name, address, action, object, details)
        SELECT 'audit', '', '', '', 'evidence.received', 'engagement:1', '{"thing": "evidence-version:1"}'
        FROM generate_series(1, %(n)s)
    """
BEYOND = """
    INSERT INTO audit.lines (ledger_id, position, entry, account, amount) SELECT 1, %(n)s + 1, 1, 'c1', 1;
    INSERT INTO audit.evidence_versions
        (evidence_id, number, file_id, name, media_type, size, sha256, received_by, received_from)
        SELECT i, 1, gen_random_uuid(), 'n', 'text/csv', 1, 'x', 3, '' FROM generate_series(2, %(n)s) i;
    INSERT INTO audit.workpaper_versions
        (workpaper_id, number, title, edited_by, editors, state, prepared_by, prepared_at)
        SELECT i, 1, 't', 3, '{3}', 'prepared', 3, now() FROM generate_series(2, %(n)s) i;
    INSERT INTO audit.requests (engagement_id, number, title, assignee_id, state, sent_at)
        SELECT %(n)s + 1, i, 't', 1, 'requested', now() FROM generate_series(1, %(n)s) i;
    INSERT INTO audit.findings (engagement_id, number, workpaper_id, requirement_id, title, criteria, condition,
                                state, written_by, owner_id, sent_at)
        SELECT %(n)s + 1, i, 1, 1, 't', 'c', 'c', 'validation', 3, 1, now() FROM generate_series(1, %(n)s) i;
    INSERT INTO audit.requests (id, engagement_id, number, title, assignee_id, state, sent_at)
        VALUES (1000000, %(n)s + 1, 1000, 't', 2, 'requested', now());
    INSERT INTO audit.findings (id, engagement_id, number, workpaper_id, requirement_id, title, criteria, condition,
                                state, written_by, owner_id, sent_at)
        VALUES (1000000, %(n)s + 1, 1000, 1, 1, 't', 'c', 'c', 'validation', 3, 2, now())
    """
"""A line without a match, what the lists of others than the first need, and what boss and visitor are asked."""

JOB = """
    SET session_replication_role = origin;
    INSERT INTO portico_queue.procrastinate_jobs (queue_name, task_name)
        VALUES ('audit.default', 'audit.extract_document');
    INSERT INTO portico.jobs (id, app, name, owner) VALUES (1, 'audit', 'audit.extract_document', '1')
    """
"""The queue's own triggers say when it was queued."""

_API = "/api/v1"
PARAMETER = re.compile(r"\{[^}]*\}")
_LISTS = (
    "clients", "engagements", "evidence", "findings", "frameworks", "requests", "reviews", "documents/jobs",
    "engagements/{engagement_id}/additions", "engagements/{engagement_id}/assessments",
    "engagements/{engagement_id}/exceptions", "engagements/{engagement_id}/findings",
    "engagements/{engagement_id}/ledgers", "engagements/{engagement_id}/populations",
    "engagements/{engagement_id}/procedures", "engagements/{engagement_id}/reconciliations",
    "engagements/{engagement_id}/requests", "engagements/{engagement_id}/requirements",
    "engagements/{engagement_id}/samples", "engagements/{engagement_id}/workpapers",
    "evidence-versions/{version_id}/custody", "frameworks/{framework_id}/mappings",
    "frameworks/{framework_id}/requirements", "ledgers/{ledger_id}/accounts", "ledgers/{ledger_id}/entries",
    "ledgers/{ledger_id}/test-runs", "populations/{population_id}/items", "reconciliations/{reconciliation_id}/matches",
    "samples/{sample_id}/items", "test-runs/{run_id}/exceptions",
)  # fmt: skip
PATHS = {
    **{f"{_API}/{name}": f"{_API}/{PARAMETER.sub('1', name)}?limit={MANY}" for name in _LISTS},
    f"{_API}/users": f"{_API}/users?role=staff&limit={MANY}",
    f"{_API}/users/{{user_id}}": f"{_API}/users/00000000-0000-0000-0000-000000000001",
    f"{_API}/log": f"{_API}/log?limit={MANY}",
    f"{_API}/search": f"{_API}/search?q=pump&limit={MANY}",
    f"{_API}/export/oscal/assessment-results": f"{_API}/export/oscal/assessment-results?engagement=1",
    f"{_API}/export/oscal/poam": f"{_API}/export/oscal/poam?engagement=1",
    f"{_API}/reconciliations/{{reconciliation_id}}/unmatched": (
        f"{_API}/reconciliations/1/unmatched?side=left&limit={MANY}"
    ),
    "/pages/portal/requests/{request_id}": "/pages/portal/requests/1000000",
    "/pages/portal/findings/{finding_id}": "/pages/portal/findings/1000000",
}
"""What a list needs to show all it has."""

WITH_BYTES = (
    f"{_API}/evidence-versions/{{version_id}}/content", f"{_API}/evidence-versions/{{version_id}}/verify",
    f"{_API}/engagements/{{engagement_id}}/binder.zip", "/pages/engagements/{engagement_id}/binder.zip",
    "/pages/evidence-versions/{version_id}/content",
)  # fmt: skip
"""What needs more of a document than its row."""


def fill(owner: psycopg.Connection, url: str, values: dict[str, Any]) -> None:
    """`values` are `n`, and the hash of the password with which the boss and the visitor sign in."""
    cursor = psycopg.ClientCursor(owner)
    cursor.execute(PEOPLE.encode(), values)
    place = Place(engagement_id=1, client_id=1, user_id=OTHER)
    for table in tables(url):
        cursor.execute(_rows(url, table, place), values)
    for table in (*tables(url), "users"):
        _go_on_counting(cursor, url, table)
    cursor.execute(BEYOND.encode(), values)
    cursor.execute(JOB.encode())


def _rows(url: str, table: str, place: Place) -> sql.Composed:
    own = {name: sql.SQL(text) for name, text in VARIED.get(table, {}).items()}  # type: ignore[arg-type]
    found = {each["name"]: _expression(each, place, table) for each in columns_of(url)[table]} | own
    return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM generate_series(1, %(n)s) i").format(
        sql.Identifier("audit", table),
        sql.SQL(", ").join(map(sql.Identifier, found)),
        sql.SQL(", ").join(found.values()),
    )


def _expression(column: dict[str, Any], place: Place, table: str) -> sql.Composable:
    is_counted = column["name"] in COUNTED and column["type"] in ("integer", "bigint")
    if is_counted or column["name"] == LINKS.get(table):
        return sql.SQL("i")
    if column["type"] == "uuid":
        return sql.SQL("gen_random_uuid()")
    value = value_of(column, place, 1, "pump")
    return sql.Literal(Jsonb(value) if column["type"] == "jsonb" else value)


def _go_on_counting(cursor: psycopg.Cursor[Any], url: str, table: str) -> None:
    if any(each["name"] == "id" for each in columns_of(url)[table]):
        query = "SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}))"
        names = sql.Literal(f"audit.{table}"), sql.Identifier("audit", table)
        cursor.execute(sql.SQL(query).format(*names))  # type: ignore[arg-type]
