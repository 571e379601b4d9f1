"""The write side of tests and exceptions. A test, its run and all that it brings up are one statement."""

from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb
from sqlalchemy import select

from portico.apps.audit.exceptions.models import LedgerException
from portico.apps.audit.ledgers.reads import NUMBERED
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

# The ledger has just come, or will be gone through once: what statistics say of it is old, and plans made without
# values are slow. Sorts of 200,000 lines stay in memory.
SETTINGS = (
    "SET LOCAL plan_cache_mode = force_custom_plan",
    "SET LOCAL enable_nestloop = off",
    "SET LOCAL work_mem = '64MB'",
    "SET LOCAL statement_timeout = '300s'",
    "SET LOCAL jit = off",
)
KEEP: LiteralString = """
    WITH found AS MATERIALIZED ({test}), run AS (
        INSERT INTO audit.test_runs
            (engagement_id, ledger_id, test, rule, parameters, result, tested, found, at, user_id, user_name)
        SELECT %(engagement)s, %(ledger)s, %(test)s, %(rule)s, %(parameters)s, %(result)s, %(tested)s, count(*),
               %(now)s, %(user)s, %(user_name)s
        FROM found
        RETURNING id, found
    ), kept AS (
        INSERT INTO audit.exceptions (engagement_id, run_id, ledger_id, entry, line, why, details)
        SELECT %(engagement)s, run.id, %(ledger)s, entry, line, why, details FROM found CROSS JOIN run
        ORDER BY entry, line
    )
    SELECT id, found FROM run"""
GIVEN: LiteralString = """
    SELECT NULL::int AS entry, NULL::int AS line, g.why, g.details
    FROM jsonb_to_recordset(%(given)s) AS g(why text, details jsonb)"""
"""For what was found outside of the database."""
TESTED = f"""
    SELECT l.engagement_id, l.kind, l.state, e.settings, e.state AS engagement_state,
           coalesce((l.computed ->> 'entries')::int, 0) AS entries, coalesce((l.computed ->> 'lines')::int, 0) AS lines,
           coalesce((l.computed ->> 'accounts')::int, 0) AS accounts,
           (SELECT count(*) FROM audit.entries WHERE ledger_id = l.id AND {NUMBERED}) AS numbered,
           (SELECT count(DISTINCT journal) FROM audit.entries WHERE ledger_id = l.id) AS journals,
           (SELECT count(*) FROM audit.accounts
            WHERE ledger_id = l.id AND opening IS NOT NULL AND closing IS NOT NULL) AS balances,
           (SELECT count(*) FROM jsonb_object_keys(l.declared) AS k WHERE k IN ('entries', 'debit', 'credit')) AS totals
    FROM audit.ledgers AS l JOIN audit.engagements AS e ON e.id = l.engagement_id
    WHERE l.id = %(ledger)s FOR SHARE OF e"""


class ExceptionRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def prepare(self) -> None:
        """Have this transaction plan for statements that go through a whole ledger."""
        connection = await self._write.connection()
        for setting in SETTINGS:
            await connection.execute(setting)

    async def hold(self, ledger_id: int) -> dict[str, Any] | None:
        """What there is to test in a ledger. Its engagement stays as it is until the end of the transaction."""
        return await fetch_one(await self._write.connection(), TESTED, {"ledger": ledger_id})

    async def keep(
        self, statement: LiteralString, *, test: str, rule: str, tested: int, engagement_id: int, ledger_id: int,
        by: tuple[int, str], now: datetime, parameters: dict[str, Any], written: dict[str, Any],
        result: dict[str, Any] | None = None, given: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Run a test and keep what it brings up; answers `id` and `found`.

        `parameters` go into the statement, `written` is how the run shows them; `given` is what `GIVEN` reads.
        """
        row = await fetch_one(
            await self._write.connection(), KEEP.replace("{test}", statement),
            {
                **parameters, "test": test, "rule": rule, "tested": tested, "engagement": engagement_id,
                "ledger": ledger_id, "user": by[0], "user_name": by[1], "now": now, "parameters": Jsonb(written),
                "result": Jsonb(result or {}), "given": Jsonb(given or []),
            },
        )  # fmt: skip
        assert row is not None  # noqa: S101 - an INSERT that raises nothing answers its row
        return row

    async def lock(self, exception_id: int) -> LedgerException | None:
        query = select(LedgerException).where(LedgerException.id == exception_id).with_for_update(key_share=True)
        found: LedgerException | None = await self._write.session.scalar(query)
        return found
