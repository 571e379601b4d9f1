"""The write side of reconciliations."""

from portico.apps.audit.reconciliations.models import Reconciliation
from portico.kernel.transaction import Transaction

ADD_MATCHES = """
    INSERT INTO audit.matches (reconciliation_id, position, rule, why, left_lines, right_lines, difference)
    SELECT %(id)s, position, rule, why, left_lines, right_lines, difference
    FROM jsonb_to_recordset(%(matches)s::jsonb) AS m (
        position integer, rule text, why text, left_lines jsonb, right_lines jsonb, difference numeric)"""


class ReconciliationRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def add(self, reconciliation: Reconciliation, matches: str) -> None:
        """Write a reconciliation and its matches, which are JSON."""
        self._write.session.add(reconciliation)
        await self._write.session.flush()
        connection = await self._write.connection()
        await connection.execute(ADD_MATCHES, {"id": reconciliation.id, "matches": matches})
