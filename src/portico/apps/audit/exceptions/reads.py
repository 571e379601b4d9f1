"""Runs of tests and what they brought up, as they are shown; and the digits of a ledger's amounts."""

from typing import Any, LiteralString

from portico.apps.audit.engagements.standing import INSIDE
from portico.apps.audit.permissions import Access
from portico.apps.audit.users.reads import person
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

RUN: LiteralString = f"""
    SELECT r.id, r.engagement_id, r.ledger_id, r.test, r.rule, r.parameters, r.result, r.tested, r.found, r.at,
           {person("u")} AS by,
           (SELECT count(*) FROM audit.exceptions AS x WHERE x.run_id = r.id AND x.decision = 'open') AS open
    FROM audit.test_runs AS r JOIN audit.users AS u ON u.id = r.user_id"""
ONE_RUN = f"{RUN} WHERE r.id = %(id)s AND {INSIDE.format(of='r.engagement_id')}"
OF_LEDGER: LiteralString = "r.ledger_id = %(ledger)s AND (%(test)s::text IS NULL OR r.test = %(test)s)"
RUNS = f"{RUN} WHERE {OF_LEDGER} AND r.id < %(before)s ORDER BY r.id DESC LIMIT %(limit)s"
COUNT_RUNS = f"SELECT count(*) AS total FROM audit.test_runs AS r WHERE {OF_LEDGER}"
LATEST = f"""
    {RUN} WHERE r.id IN (SELECT max(id) FROM audit.test_runs
                         WHERE ledger_id = %(ledger)s AND test = ANY(%(tests)s) GROUP BY test) ORDER BY r.id"""

EXCEPTION: LiteralString = f"""
    SELECT x.id, x.engagement_id, x.run_id, x.ledger_id, r.test, x.entry, x.line, x.why, x.details, x.decision,
           x.decision_reason, {person("u")} AS decided_by, x.decided_at, x.created_at, x.version, e.journal, e.number,
           e.posted_on, e.description, n.account, n.amount
    FROM audit.exceptions AS x
    JOIN audit.test_runs AS r ON r.id = x.run_id
    LEFT JOIN audit.entries AS e ON e.ledger_id = x.ledger_id AND e.position = x.entry
    LEFT JOIN audit.lines AS n ON n.ledger_id = x.ledger_id AND n.position = x.line
    LEFT JOIN audit.users AS u ON u.id = x.decided_by"""
ONE_EXCEPTION = f"{EXCEPTION} WHERE x.id = %(id)s AND {INSIDE.format(of='x.engagement_id')}"
MATCHING: LiteralString = """
    x.engagement_id = %(engagement)s
    AND (%(run)s::bigint IS NULL OR x.run_id = %(run)s)
    AND (%(ledger)s::bigint IS NULL OR x.ledger_id = %(ledger)s)
    AND (%(entry)s::int IS NULL OR x.entry = %(entry)s)
    AND (%(decision)s::text IS NULL OR x.decision = %(decision)s)
    AND (%(test)s::text IS NULL OR r.test = %(test)s)"""
EXCEPTIONS = f"{EXCEPTION} WHERE {MATCHING} AND x.id < %(before)s ORDER BY x.id DESC LIMIT %(limit)s"
COUNT_EXCEPTIONS = f"""
    SELECT count(*) AS total FROM audit.exceptions AS x JOIN audit.test_runs AS r ON r.id = x.run_id WHERE {MATCHING}"""

# Ten is the smallest amount with two digits before the point; smaller ones are left out in both cases.
DIGITS = """
    SELECT left(abs(amount)::text, %(length)s)::int AS digits, count(*) AS seen
    FROM audit.lines
    WHERE ledger_id = %(ledger)s AND abs(amount) >= 10
      AND (%(side)s::text IS NULL OR (%(side)s = 'debit') = (amount > 0))
      AND (%(account)s::text IS NULL OR account = %(account)s)
    GROUP BY 1"""


async def run(connection: Connection, access: Access, run_id: int) -> Row | None:
    """A run in an engagement in whose team the caller is."""
    return await fetch_one(connection, ONE_RUN, {"id": run_id, "me": access.user_id})


async def runs(
    connection: Connection, ledger_id: int, *, test: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    params = {"ledger": ledger_id, "test": test}
    return await newest_first(connection, part=RUNS, count=COUNT_RUNS, params=params, limit=limit, cursor=cursor)


async def latest(connection: Connection, ledger_id: int, tests: list[str]) -> dict[str, Row]:
    """The last run of each of these, by its name."""
    rows = await fetch_all(connection, LATEST, {"ledger": ledger_id, "tests": tests})
    return {row["test"]: row for row in rows}


async def exception(connection: Connection, access: Access, exception_id: int) -> Row | None:
    """An exception in an engagement in whose team the caller is."""
    return await fetch_one(connection, ONE_EXCEPTION, {"id": exception_id, "me": access.user_id})


async def exceptions(
    connection: Connection, engagement_id: int, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Those of an engagement that the caller has looked into. `filters`: the rest of `MATCHING`; None for any."""
    params = {"run": None, "ledger": None, "entry": None, "decision": None, "test": None, **filters}
    params["engagement"] = engagement_id
    return await newest_first(
        connection, part=EXCEPTIONS, count=COUNT_EXCEPTIONS, params=params, limit=limit, cursor=cursor
    )


async def digits(
    connection: Connection, ledger_id: int, *, length: int, side: str | None, account: str | None = None
) -> dict[int, int]:
    """How often the amounts of a ledger begin with which digits: one of them, or two."""
    params = {"ledger": ledger_id, "length": length, "side": side, "account": account}
    return {row["digits"]: row["seen"] for row in await fetch_all(connection, DIGITS, params)}
