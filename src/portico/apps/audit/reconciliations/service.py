"""The rules of reconciliations. One is made at once and never changes: other parameters make another one."""

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import Any

from portico.apps.audit.engagements.standing import enter
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.reconciliations import reads
from portico.apps.audit.reconciliations.comparing import compare
from portico.apps.audit.reconciliations.matching import Rules
from portico.apps.audit.reconciliations.models import Reconciliation
from portico.apps.audit.reconciliations.repository import ReconciliationRepository
from portico.kernel.database import Row
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.transaction import Transaction

LARGEST = 50_000
"""Lines on a side. As many are compared within seconds."""


class ReconciliationNotFound(NotFound):
    def __init__(self, reconciliation_id: int) -> None:
        super().__init__(f"There is no reconciliation {reconciliation_id}.")


class TooManyLines(Conflict):
    code = "TOO_MANY_LINES"

    def __init__(self, side: str) -> None:
        super().__init__(f"The {side} side has more than {LARGEST:,} lines. Name accounts.", details={"side": side})


class ReconciliationService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._reconciliations = ReconciliationRepository(write)

    async def make(
        self, engagement_id: int, *, kind: str, ledgers: dict[str, int], accounts: dict[str, list[str] | None],
        opposite_signs: bool, compare_references: bool, tolerance: Decimal, days: int,
    ) -> int:  # fmt: skip
        """Compare the lines of two ledgers, and answer the id. No connection is held meanwhile.

        Raises what `enter` raises, `InvalidInput`, `TooManyLines`.
        """
        await enter(self._write, self._access, engagement_id, Action.WORK)
        lines = {side: await self._lines(engagement_id, side, ledgers[side], accounts[side]) for side in ledgers}
        rules = Rules(days, int(tolerance * 100))
        how = {"opposite_signs": opposite_signs, "compare_references": compare_references}
        work = asyncio.to_thread(compare, lines["left"], lines["right"], rules, **how)
        compared = await self._write.aside(work)
        await enter(self._write, self._access, engagement_id, Action.WORK)
        parameters = {
            "left_accounts": accounts["left"], "right_accounts": accounts["right"], **how,
            "tolerance": float(tolerance), "days": days,
        }  # fmt: skip
        made = Reconciliation(
            engagement_id=engagement_id, kind=kind, left_ledger_id=ledgers["left"], right_ledger_id=ledgers["right"],
            parameters=parameters, summary=compared.summary, made_by=self._access.user_id, made_at=self._now,
        )  # fmt: skip
        await self._reconciliations.add(made, compared.matches)
        thing = f"reconciliation:{made.id}"
        details: dict[str, Any] = {"kind": kind, "ledgers": ledgers, **parameters, "summary": compared.summary}
        await log_in(self._write, self._access, "reconciliation.made", engagement_id, thing, **details)
        return made.id

    async def _lines(self, engagement_id: int, side: str, ledger_id: int, accounts: list[str] | None) -> list[Row]:
        connection = await self._write.connection()
        if not await reads.is_imported(connection, engagement_id, ledger_id):
            raise InvalidInput(details={f"{side}_ledger_id": "is no ledger of the engagement that is imported"})
        found: list[Row] = []
        async for row in reads.to_compare(connection, ledger_id, accounts):
            found.append(row)
            if len(found) > LARGEST:
                raise TooManyLines(side)
        return found
