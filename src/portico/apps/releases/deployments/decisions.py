"""Decisions about deployments, and what follows from them: on into the queue, or the end."""

from datetime import datetime
from typing import Any

from portico.apps.releases import policy
from portico.apps.releases.admission.service import explain
from portico.apps.releases.approvals.service import DecisionService
from portico.apps.releases.deployments import log
from portico.apps.releases.deployments.errors import DeploymentNotFound
from portico.apps.releases.deployments.log import SERVER, Who
from portico.apps.releases.deployments.repository import DeploymentRepository
from portico.apps.releases.deployments.routing import WAITING, settle
from portico.apps.releases.permissions import Access
from portico.kernel.errors import existing
from portico.kernel.state_machine import IllegalTransition
from portico.kernel.transaction import Transaction


class NotWaiting(IllegalTransition):
    """It waits for nobody's approval. Where it had waited too long, it has expired now, and that stays."""

    commits = True


async def decide(write: Transaction, access: Access, deployment_id: int, now: datetime, **decision: Any) -> int:
    """Approve or reject a deployment; answers the id of the decision.

    Raises `DeploymentNotFound`, `NotWaiting`, and what `DecisionService.decide` raises.
    """
    await policy.share(write)
    deployment = existing(
        await DeploymentRepository(write).lock(deployment_id, hold_release=True), DeploymentNotFound(deployment_id)
    )
    if deployment.state in WAITING:
        await settle(write, deployment, await explain(await write.connection(), deployment, now), SERVER)
    if deployment.state != "awaiting_approval":
        raise NotWaiting(f"It is {deployment.state}, and waits for nobody.", details={"state": deployment.state})
    made = await DecisionService(write, access, now).decide(deployment, **decision)
    who = Who(actor=access.actor, user_id=access.user_id)
    if decision["decision"] == "rejected":
        await log.advance(write, deployment, "reject", who, now, reason=decision["comment"])
    else:
        await settle(write, deployment, await explain(await write.connection(), deployment, now), who)
    return made
