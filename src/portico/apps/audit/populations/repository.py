"""The write side of populations."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from portico.apps.audit.populations.canonical import FIRST_LINES, HASHED
from portico.apps.audit.populations.lines import FOUND, parameters
from portico.apps.audit.populations.models import Population
from portico.kernel.database import Row, fetch_one
from portico.kernel.transaction import Transaction

TOTALS = f"SELECT count(*) AS count, coalesce(sum(abs(l.amount)), 0) AS value {FOUND}"
EVIDENCE = """
    SELECT v.sha256 FROM audit.ledgers AS g JOIN audit.evidence_versions AS v ON v.id = g.evidence_version_id
    WHERE g.id = %(ledger)s"""
COPY = f"""
    INSERT INTO audit.population_items (population_id, position, line, amount)
    SELECT %(population)s, row_number() OVER (ORDER BY l.position), l.position, l.amount {FOUND}"""
PATIENCE = "SET LOCAL statement_timeout = '25s'"
"""Counting and copying a million lines takes longer than other statements of requests; less than a request may."""


class PopulationRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def add(self, population: Population) -> None:
        self._write.session.add(population)
        await self._write.session.flush()

    async def lock(self, population_id: int) -> Population | None:
        """The population, locked against other writers until the end of the transaction."""
        query = select(Population).where(Population.id == population_id).with_for_update(key_share=True)
        found: Population | None = await self._write.session.scalar(query)
        return found

    async def totals(self, ledger_id: int, filter: dict[str, Any]) -> tuple[int, Decimal]:
        """How many lines of the ledger the filter finds, and the sum of their amounts without the signs."""
        await (await self._write.connection()).execute(PATIENCE)
        row = await self._one(TOTALS, parameters(ledger_id, filter))
        return row["count"], row["value"]

    async def copy_items(self, population: Population) -> Row:
        """Copy the lines in their order, and answer `count`, `value` and `hash` of the copy."""
        connection = await self._write.connection()
        params = parameters(population.ledger_id, population.filter)
        evidence = await self._one(EVIDENCE, params)
        await connection.execute(COPY, {**params, "population": population.id})
        first = FIRST_LINES.format(evidence_sha256=evidence["sha256"])
        return await self._one(HASHED, {"id": population.id, "first": first})

    async def _one(self, sql: Any, params: dict[str, Any]) -> Row:
        row = await fetch_one(await self._write.connection(), sql, params)
        assert row is not None  # noqa: S101 - an aggregate answers a row, and a ledger has its evidence
        return row
