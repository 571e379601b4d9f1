"""What the pages show of ledgers: their totals, what was tested, and what that brought up."""

from typing import Any

from portico.apps.audit.pages.reads import PART, SEEN
from portico.apps.audit.users.reads import name
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

LAST_RUNS = "(SELECT max(id) FROM audit.test_runs WHERE ledger_id = {of} GROUP BY test)"
"""A test that is run again brings up the same again. What counts is each one's last run; the others are on record."""
LEDGERS = f"""
    SELECT l.id, l.name, l.kind, l.format, l.financial_year, l.currency, l.state, l.reason, l.imported_at,
        (l.computed ->> 'lines')::int AS lines,
        (SELECT count(*) FROM audit.exceptions AS x
            WHERE x.run_id IN {LAST_RUNS.format(of="l.id")} AND x.decision = 'open') AS open
    FROM audit.ledgers AS l WHERE l.engagement_id = %(id)s ORDER BY l.id LIMIT 200"""
LEDGER: Any = f"""
    SELECT l.id, l.engagement_id, l.name, l.kind, l.format, l.financial_year, l.currency, l.state, l.reason,
        l.declared, l.computed, l.mapping, l.imported_at, v.id AS version_id, v.sha256, v.name AS file
    FROM audit.ledgers AS l {SEEN.format(of="l.engagement_id")}
    JOIN audit.evidence_versions AS v ON v.id = l.evidence_version_id WHERE l.id = %(id)s"""
RUNS = """
    SELECT DISTINCT ON (r.ledger_id, r.test) r.id, r.ledger_id, r.test, r.rule, r.tested, r.found, r.result, r.at,
        r.user_name, l.name AS ledger,
        (SELECT count(*) FROM audit.exceptions AS x WHERE x.run_id = r.id AND x.decision = 'open') AS open
    FROM audit.test_runs AS r JOIN audit.ledgers AS l ON l.id = r.ledger_id
    WHERE r.engagement_id = %(engagement)s AND (%(ledger)s::bigint IS NULL OR r.ledger_id = %(ledger)s)
    ORDER BY r.ledger_id, r.test, r.id DESC"""
_WANTED = f"""
    FROM audit.exceptions AS x JOIN audit.test_runs AS r ON r.id = x.run_id
    LEFT JOIN audit.entries AS e ON e.ledger_id = x.ledger_id AND e.position = x.entry
    LEFT JOIN audit.users AS u ON u.id = x.decided_by
    WHERE x.run_id IN {LAST_RUNS.format(of="%(ledger)s")} AND (%(test)s = '' OR r.test = %(test)s)
        AND (%(decision)s = '' OR x.decision = %(decision)s)"""
EXCEPTIONS = f"""
    SELECT x.id, r.test, x.entry, x.line, x.why, x.decision, x.decision_reason, x.version, x.decided_at,
        {name("u")} AS decided_by, e.number, e.posted_on, e.description, (SELECT sum(n.amount) FROM audit.lines AS n
            WHERE n.ledger_id = x.ledger_id AND n.entry = x.entry AND n.amount > 0) AS amount
    {_WANTED} AND x.id < %(before)s ORDER BY x.id DESC LIMIT %(limit)s"""
EXCEPTIONS_TOTAL = f"SELECT count(*) AS total {_WANTED}"
EXCEPTION: Any = f"""
    SELECT x.id, x.ledger_id, x.engagement_id, x.version FROM audit.exceptions AS x
    {SEEN.format(of="x.engagement_id")} WHERE x.id = %(id)s"""


async def ledgers(connection: Connection, engagement_id: int) -> list[Row]:
    return await fetch_all(connection, LEDGERS, {"id": engagement_id})


async def ledger(connection: Connection, me: int, ledger_id: int) -> Row | None:
    return await fetch_one(connection, LEDGER, {"me": me, "id": ledger_id})


async def runs(connection: Connection, engagement_id: int, ledger_id: int | None = None) -> list[Row]:
    """The newest run of each test over each ledger."""
    return await fetch_all(connection, RUNS, {"engagement": engagement_id, "ledger": ledger_id})


async def exceptions(
    connection: Connection, ledger_id: int, *, test: str, decision: str, cursor: str | None
) -> dict[str, Any]:
    params = {"ledger": ledger_id, "test": test, "decision": decision}
    return await newest_first(
        connection, part=EXCEPTIONS, count=EXCEPTIONS_TOTAL, params=params, limit=PART, cursor=cursor
    )


async def exception(connection: Connection, me: int, exception_id: int) -> Row | None:
    return await fetch_one(connection, EXCEPTION, {"me": me, "id": exception_id})
