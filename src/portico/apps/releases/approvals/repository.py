"""The write side of approval rules and approvals."""

from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portico.apps.releases.approvals.models import Approval, ApprovalRule
from portico.kernel.transaction import Transaction

CHANGED = "The rule has changed."
# Void what was given for a rule of what has not started yet.
VOID = """
    UPDATE releases.approvals AS a SET voided_at = %(now)s, void_reason = %(reason)s
    FROM releases.deployments AS d
    WHERE a.rule_id = %(rule_id)s AND a.voided_at IS NULL AND d.id = a.deployment_id
      AND d.state IN ('requested', 'awaiting_approval', 'scheduled', 'queued')"""


class ApprovalRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock_rule(self, rule_id: int) -> ApprovalRule | None:
        query = select(ApprovalRule).where(ApprovalRule.id == rule_id).with_for_update(key_share=True)
        found: ApprovalRule | None = await self._write.session.scalar(query)
        return found

    async def add_rule(self, rule: ApprovalRule) -> str | None:
        """Write a rule that is new or changed; the name of what it refers to and is not there, or None."""
        self._write.session.add(rule)
        try:
            await self._write.session.flush()
        except IntegrityError as error:
            if isinstance(error.orig, psycopg.errors.ForeignKeyViolation):
                return (error.orig.diag.constraint_name or "").removeprefix("approval_rules_").removesuffix("_fkey")
            raise
        return None

    async def delete_rule(self, rule: ApprovalRule) -> None:
        await self._write.session.delete(rule)
        await self._write.session.flush()

    async def void(self, rule_id: int, now: datetime) -> None:
        """What was given for a rule counts no more, for all that has not started yet."""
        params = {"rule_id": rule_id, "now": now, "reason": CHANGED}
        await (await self._write.connection()).execute(VOID, params)

    async def standing(self, deployment_id: int, user_id: int) -> Approval | None:
        """What somebody has said of a deployment, as far as it stands."""
        query = select(Approval).where(
            Approval.deployment_id == deployment_id, Approval.user_id == user_id, Approval.voided_at.is_(None)
        )
        found: Approval | None = await self._write.session.scalar(query)
        return found

    async def void_of(self, deployment_id: int, user_id: int, reason: str, now: datetime) -> None:
        query = (
            update(Approval)
            .where(Approval.deployment_id == deployment_id, Approval.user_id == user_id, Approval.voided_at.is_(None))
            .values(voided_at=now, void_reason=reason)
        )
        await self._write.session.execute(query)

    async def add(self, **values: Any) -> int:
        approval = Approval(**values)
        self._write.session.add(approval)
        await self._write.session.flush()
        return approval.id
