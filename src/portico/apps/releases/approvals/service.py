"""Who approves what: two people are two people, nobody decides about their own request, and a rule that changes asks
everybody anew."""

from datetime import datetime, timedelta
from typing import Any

from portico.apps.releases import audit, events, policy
from portico.apps.releases.approvals import reads
from portico.apps.releases.approvals.models import ApprovalRule
from portico.apps.releases.approvals.repository import ApprovalRepository
from portico.apps.releases.permissions import Access, Action
from portico.kernel.database import Row
from portico.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, existing
from portico.kernel.etags import IfMatch
from portico.kernel.jobs import enqueue
from portico.kernel.transaction import Transaction

ATTEND_WAITING = "releases.attend_waiting"
"""The job that puts deployments where they belong by the rules as they are now."""


class RuleNotFound(NotFound):
    def __init__(self, rule_id: int) -> None:
        super().__init__(f"Approval rule with ID {rule_id} not found")


class OwnRequest(Forbidden):
    code = "OWN_REQUEST"
    message = "Nobody decides about what they asked for."


class NotInGroup(Forbidden):
    code = "NOT_IN_GROUP"
    message = "None of the rules that are open asks you."


class ContentChanged(Conflict):
    """What was looked at is not what would be deployed."""

    code = "CONTENT_CHANGED"
    message = "This is not the content that the deployment is for: look at it again."


class AlreadyDecided(Conflict):
    code = "ALREADY_DECIDED"
    message = "You have decided about this deployment: each person counts once."


class RuleService:
    """The rules themselves. Nothing starts while one changes."""

    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._approvals = ApprovalRepository(write)

    async def create(self, **values: Any) -> int:
        self._access.require(Action.CONFIGURE)
        await policy.change(self._write)
        rule = ApprovalRule(created_at=self._now, **values)
        await self._save(rule)
        await self._log("created", rule.id, **values)
        return rule.id

    async def change(self, rule_id: int, match: IfMatch, **values: Any) -> None:
        """What was approved by the rule as it was has to be approved anew."""
        rule = await self._locked(rule_id, match)
        before = {name: getattr(rule, name) for name in values}
        changes = {name: [before[name], value] for name, value in values.items() if before[name] != value}
        if not changes:
            return
        rule.change(**values)
        await self._save(rule)
        await self._approvals.void(rule_id, self._now)
        await self._log("changed", rule_id, **changes)

    async def delete(self, rule_id: int, match: IfMatch) -> None:
        rule = await self._locked(rule_id, match)
        await self._approvals.void(rule_id, self._now)
        await self._approvals.delete_rule(rule)
        await self._log("deleted", rule_id, name=rule.name)

    async def _locked(self, rule_id: int, match: IfMatch) -> ApprovalRule:
        self._access.require(Action.CONFIGURE)
        await policy.change(self._write)
        rule = existing(await self._approvals.lock_rule(rule_id), RuleNotFound(rule_id))
        match.check(rule.version)
        return rule

    async def _save(self, rule: ApprovalRule) -> None:
        unknown = await self._approvals.add_rule(rule)
        if unknown is not None:
            raise InvalidInput(details={unknown: "is not known"})

    async def _log(self, what: str, rule_id: int, **details: Any) -> None:
        await audit.log(self._write, self._access, f"approval_rule.{what}", f"approval_rule:{rule_id}", **details)
        await enqueue(self._write, ATTEND_WAITING)


class DecisionService:
    """One person's word on one deployment, for one rule."""

    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._approvals = ApprovalRepository(write)

    async def decide(
        self, deployment: Any, *, decision: str, comment: str, rule_id: int | None, content_hash: str
    ) -> int:
        """Add a decision about a deployment that is locked and waits for one; answers its id.

        Raises `OwnRequest`, `NotInGroup`, `ContentChanged`, `AlreadyDecided`.
        """
        if not self._access.is_person:
            raise NotInGroup("Keys decide nothing: sign in.")
        if deployment.requester_id == self._access.user_id:
            raise OwnRequest
        rule = await self._rule(deployment, rule_id)
        if content_hash != deployment.content_hash:
            raise ContentChanged(details={"content_hash": deployment.content_hash})
        await self._take_back(deployment.id, decision)
        values = {
            "deployment_id": deployment.id, "rule_id": rule["id"], "rule_version": rule["version"],
            "user_id": self._access.user_id, "decision": decision, "content_hash": content_hash,
            "environment_id": deployment.environment_id, "comment": comment,
            "expires_at": self._now + timedelta(minutes=rule["expires_minutes"]),
        }  # fmt: skip
        made = await self._approvals.add(created_at=self._now, **values)
        names = {"id": made, "rule": rule["name"], "by": self._access.actor.name}
        await self._tell(deployment, f"approval.{decision}", {**values, **names})
        return made

    async def _tell(self, deployment: Any, action: str, details: dict[str, Any]) -> None:
        key = f"deployment:{deployment.id}"
        await audit.log(self._write, self._access, action, key, **details)
        where = {name: getattr(deployment, name) for name in ("service_id", "environment_id", "release_id")}
        await events.tell(self._write, action, key=key, payload={**where, **details}, now=self._now)

    async def _rule(self, deployment: Any, rule_id: int | None) -> Row:
        """The rule that is named, else of those that are open and ask the caller the one that the fewest could fill."""
        found = await reads.rules_of(await self._write.connection(), deployment.id, self._now)
        is_emergency = deployment.is_emergency or deployment.is_rollback
        asking = [
            rule for rule in found
            if rule["is_emergency"] == is_emergency and rule_id in (None, rule["id"])
            and rule["group_id"] in self._access.groups
        ]  # fmt: skip
        if not asking:
            raise NotInGroup
        return min(asking, key=lambda rule: (len(rule["given"]) >= rule["required"], rule["members"], rule["id"]))

    async def _take_back(self, deployment_id: int, decision: str) -> None:
        """Who has approved may still reject; whoever's approval ran out may give it anew."""
        standing = await self._approvals.standing(deployment_id, self._access.user_id)
        if standing is None:
            return
        if decision == "approved" and standing.expires_at > self._now:
            raise AlreadyDecided
        reason = "It ran out." if standing.expires_at <= self._now else "Rejected later."
        await self._approvals.void_of(deployment_id, self._access.user_id, reason, self._now)
