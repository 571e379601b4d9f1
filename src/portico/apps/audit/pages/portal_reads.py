"""What the client's people see: requests that they are asked, and findings that were sent to them. Nothing else."""

from typing import Any

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

_MINE = """
    JOIN audit.members AS m ON m.engagement_id = {0}.engagement_id AND m.user_id = %(me)s AND m.role = 'auditee'
    JOIN audit.engagements AS e ON e.id = {0}.engagement_id JOIN audit.clients AS c ON c.id = e.client_id"""
_REQUESTS = f"""
    SELECT r.id, r.engagement_id, r.number, r.title, r.description, r.state, r.due_on, r.answer, r.return_reason,
        r.sent_at, r.submitted_at, r.decided_at, r.version, e.name AS engagement, c.name AS client
    FROM audit.requests AS r {_MINE.format("r")}
    WHERE r.assignee_id = %(me)s AND r.state <> 'draft'"""
REQUESTS: Any = f"""
    {_REQUESTS}
    ORDER BY array_position(ARRAY['returned', 'requested', 'submitted', 'accepted'], r.state), r.due_on, r.id
    LIMIT 200"""
REQUEST: Any = f"{_REQUESTS} AND r.id = %(id)s"
_FINDINGS = f"""
    SELECT f.id, f.engagement_id, f.number, f.title, f.severity, f.state, f.criteria, f.condition, f.cause, f.effect,
        f.recommendation, f.action_plan, f.due_on, f.sent_at, f.risk_accepted_until, f.version, m.may_accept_risk,
        e.name AS engagement, c.name AS client
    FROM audit.findings AS f {_MINE.format("f")}
    WHERE f.owner_id = %(me)s AND f.sent_at IS NOT NULL"""
FINDINGS: Any = f"{_FINDINGS} ORDER BY f.state IN ('closed_verified', 'risk_accepted', 'withdrawn'), f.id LIMIT 200"
FINDING: Any = f"{_FINDINGS} AND f.id = %(id)s"


async def requests(connection: Connection, me: int) -> list[Row]:
    return await fetch_all(connection, REQUESTS, {"me": me})


async def request(connection: Connection, me: int, request_id: int) -> Row | None:
    return await fetch_one(connection, REQUEST, {"me": me, "id": request_id})


async def findings(connection: Connection, me: int) -> list[Row]:
    return await fetch_all(connection, FINDINGS, {"me": me})


async def finding(connection: Connection, me: int, finding_id: int) -> Row | None:
    return await fetch_one(connection, FINDING, {"me": me, "id": finding_id})
