"""Asking for deployments: who may ask for what, and what becomes of it at once."""

from datetime import datetime
from typing import Any

from portico.apps.releases import policy
from portico.apps.releases.admission.explanation import Explanation
from portico.apps.releases.admission.service import explain
from portico.apps.releases.approvals.service import OwnRequest
from portico.apps.releases.deployments import log
from portico.apps.releases.deployments.errors import (
    DeploymentNotFound,
    NeverStarts,
    NothingToRollBack,
    NotRepeatable,
    NotReviewable,
)
from portico.apps.releases.deployments.log import SERVER, Who
from portico.apps.releases.deployments.models import DEPLOYMENT_STATES, OPEN, Deployment
from portico.apps.releases.deployments.repository import DeploymentRepository
from portico.apps.releases.deployments.routing import settle
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.semver import parse, precedence
from portico.apps.releases.services.reads import team_of
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput, existing
from portico.kernel.event_log import add
from portico.kernel.state_machine import May, Possibility
from portico.kernel.transaction import Transaction

ASKED = ("claim", "succeed", "fail", "cancel")
"""The actions that somebody takes; the others happen."""
RETRIED = ("failed", "cancelled", "expired")


class DeploymentService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._deployments = DeploymentRepository(write)

    async def request(
        self, *, environment_id: int | None = None, environment: str | None = None, release_id: int | None = None,
        service_id: int | None = None, service: str | None = None, version: str | None = None, **values: Any,
    ) -> int:  # fmt: skip
        """Ask for a deployment and answer its id. It waits for approvals or its time, or is queued.

        Raises `InvalidInput`, `Forbidden`, `NeverStarts` for what nothing could let through.
        """
        await policy.share(self._write)
        release = await self._deployments.release(
            release_id=release_id, service_id=service_id, service=service,
            precedence=precedence(parse(version)) if version else None,
        )  # fmt: skip
        if release is None:
            raise InvalidInput(details={"release_id" if release_id else "version": "is not known"})
        where = await self._deployments.environment(environment_id, environment)
        if where is None:
            raise InvalidInput(details={"environment_id" if environment_id else "environment": "is not known"})
        self._access.require_for(Action.REQUEST, release["team_id"])
        await self._check_incident(release["service_id"], where["id"], values)
        return await self._make(release, where["id"], **values)

    async def cancel(self, deployment_id: int, reason: str) -> None:
        """Raises `DeploymentNotFound`, `Forbidden`, `IllegalTransition`."""
        deployment, team_id = await self._locked(deployment_id)
        who = Who.caller(self._access, team_id)
        await log.advance(self._write, deployment, "cancel", who, self._now, reason=reason)

    async def retry(self, deployment_id: int, reason: str) -> int:
        """The same once more, as a new deployment: it needs approvals of its own. Answers its id."""
        await policy.share(self._write)
        deployment, team_id = await self._locked(deployment_id, hold_release=True)
        self._access.require_for(Action.REQUEST, team_id)
        if deployment.state not in RETRIED:
            raise NotRepeatable(f"It is {deployment.state}: only what is {', '.join(RETRIED)} can be retried.")
        release = existing(await self._deployments.release(release_id=deployment.release_id), DeploymentNotFound(0))
        return await self._make(
            release, deployment.environment_id, reason=reason or deployment.reason, retry_of_id=deployment.id,
            is_rollback=deployment.is_rollback, is_emergency=deployment.is_emergency,
            incident_id=deployment.incident_id, rollback_of_id=deployment.rollback_of_id,
        )  # fmt: skip

    async def rollback(
        self, deployment_id: int, *, reason: str, release_id: int | None = None, incident_id: int | None = None
    ) -> int:
        """Back to what ran there before, or to the release that is named, which has to have run there.

        Answers the id of the new deployment, which goes by the emergency rules.
        """
        await policy.share(self._write)
        deployment, team_id = await self._locked(deployment_id)
        self._access.require_for(Action.REQUEST, team_id)
        await self._check_rolled_back(deployment)
        target = await self._deployments.before(deployment, release_id)
        release = await self._deployments.release(release_id=target["release_id"]) if target else None
        if release is None:
            raise NothingToRollBack
        values = {"reason": reason, "incident_id": incident_id, "is_rollback": True, "is_emergency": True}
        await self._check_incident(release["service_id"], deployment.environment_id, {**values, "is_emergency": False})
        return await self._make(release, deployment.environment_id, rollback_of_id=deployment.id, **values)

    async def review(self, deployment_id: int, text: str) -> None:
        """Say afterwards what an emergency was like: somebody else than who asked for it."""
        self._access.require(Action.REVIEW)
        deployment, _ = await self._locked(deployment_id)
        if not deployment.is_emergency or deployment.state in OPEN:
            raise NotReviewable("Emergencies are reviewed, once they are over.")
        if deployment.reviewed_at is not None:
            raise NotReviewable("It has been reviewed.")
        if deployment.requester_id == self._access.user_id:
            raise OwnRequest("Whoever asked for it does not review it.")
        deployment.change(reviewed_by=self._access.user_id, reviewed_at=self._now, review=text)
        await add(
            self._write, app="releases", actor=self._access.actor, action="deployment.reviewed",
            object=f"deployment:{deployment_id}", details={"review": text},
        )  # fmt: skip

    async def _make(self, release: Row, environment_id: int, **values: Any) -> int:
        deployment = Deployment(
            service_id=release["service_id"], release_id=release["id"], environment_id=environment_id,
            content_hash=release["content_hash"] or "", requester_id=self._access.user_id, state="requested",
            created_at=self._now, **values,
        )  # fmt: skip
        await self._deployments.add(deployment)
        connection = await self._write.connection()
        explanation = await explain(connection, deployment, self._now)
        if _is_hopeless(explanation, deployment):
            raise NeverStarts(explanation)
        await log.begin(self._write, deployment, Who.caller(self._access, release["team_id"]), self._now)
        await settle(self._write, deployment, explanation, SERVER)
        return deployment.id

    async def _locked(self, deployment_id: int, *, hold_release: bool = False) -> tuple[Deployment, int]:
        """The deployment, and the team whose service it is of. Raises `DeploymentNotFound`."""
        deployment = await self._deployments.lock(deployment_id, hold_release=hold_release)
        found = existing(deployment, DeploymentNotFound(deployment_id))
        return found, await team_of(await self._write.connection(), found.service_id) or 0

    async def _check_rolled_back(self, deployment: Deployment) -> None:
        if deployment.state not in ("succeeded", "failed"):
            raise NothingToRollBack(f"It is {deployment.state}: there is nothing to roll back.")
        current = await self._deployments.current(deployment.service_id, deployment.environment_id)
        if deployment.state == "succeeded" and current is not None and current["id"] != deployment.id:
            raise NothingToRollBack(f"Deployment {current['id']} runs there now: roll that one back.")

    async def _check_incident(self, service_id: int, environment_id: int, values: dict[str, Any]) -> None:
        """An emergency has an open incident of that service; any incident is one of that service."""
        incident_id = values.get("incident_id")
        if incident_id is None:
            if values.get("is_emergency"):
                raise InvalidInput(details={"incident_id": "an emergency names its incident"})
            return
        incident = await self._deployments.incident(incident_id)
        if incident is None or incident["service_id"] != service_id:
            raise InvalidInput(details={"incident_id": "is no incident of this service"})
        if values.get("is_emergency") and incident["resolved_at"] is not None:
            raise InvalidInput(details={"incident_id": "is resolved: this is no emergency any more"})


def _is_hopeless(explanation: Explanation, deployment: Deployment) -> bool:
    """Whether no approval and no time would let it through: the release itself, or an emergency without a rule."""
    kinds = ("release_state", "content_hash", *(["approvals"] if deployment.is_emergency else []))
    return any(rule.state == "refused" for rule in explanation.rules if rule.rule in kinds)


def possibilities(deployment: Row, access: Access) -> list[Possibility]:
    """What the caller may do with a deployment now, and why not the rest. A start has its own answer: `explain`."""
    found = DEPLOYMENT_STATES.actions_of(Deployment(state=deployment["state"]), _may(access, deployment["team_id"]))
    return [each for each in found if each.action in ASKED]


def _may(access: Access, team_id: int) -> May:
    return lambda action: log.may_for(access, action, team_id)
