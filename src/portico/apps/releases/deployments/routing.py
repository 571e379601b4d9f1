"""Where a deployment waits until it starts: for approvals, for its time, or in the queue."""

from datetime import datetime, timedelta

from portico.apps.releases.admission.explanation import Explanation
from portico.apps.releases.approvals.reads import patience
from portico.apps.releases.deployments import log
from portico.apps.releases.deployments.log import Who
from portico.apps.releases.deployments.models import Deployment
from portico.kernel.transaction import Transaction

WAITING = ("requested", "awaiting_approval", "scheduled", "queued")
ACTIONS = {
    ("requested", "awaiting_approval"): "await_approval", ("scheduled", "awaiting_approval"): "await_approval",
    ("queued", "awaiting_approval"): "await_approval", ("requested", "scheduled"): "schedule",
    ("awaiting_approval", "scheduled"): "schedule", ("requested", "queued"): "queue",
    ("awaiting_approval", "queued"): "queue", ("scheduled", "queued"): "queue",
}  # fmt: skip
"""What leads from where it waits to where it belongs."""


async def settle(write: Transaction, deployment: Deployment, explanation: Explanation, who: Who) -> None:
    """Put a deployment that is locked where it belongs as things stand. One that has started or ended stays."""
    if deployment.state not in WAITING:
        return
    now = explanation.at
    place = _place(explanation)
    if place == "awaiting_approval" and deployment.state == place:
        if deployment.approval_until is not None and deployment.approval_until <= now:
            await log.advance(write, deployment, "expire", who, now, reason="It waited too long for approvals.")
        return
    action = ACTIONS.get((deployment.state, place))
    if action is None:
        return
    if place == "awaiting_approval":
        deployment.approval_until = await _until(write, deployment, now)
    await log.advance(write, deployment, action, who, now, reason=_reason(explanation, place))


def _place(explanation: Explanation) -> str:
    if not explanation.satisfied("approvals"):
        return "awaiting_approval"
    return "queued" if explanation.satisfied("schedule") else "scheduled"


def _reason(explanation: Explanation, place: str) -> str:
    kinds = {"awaiting_approval": "approvals", "scheduled": "schedule"}
    return " ".join(rule.missing for rule in explanation.unmet if rule.rule == kinds.get(place))


async def _until(write: Transaction, deployment: Deployment, now: datetime) -> datetime:
    minutes = await patience(await write.connection(), deployment.id)
    return now + timedelta(minutes=minutes)
