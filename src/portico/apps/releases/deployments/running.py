"""Running deployments: one agent claims one, reports on it, and ends it. Who falls silent is lost."""

from datetime import datetime, timedelta

from portico.apps.releases import policy
from portico.apps.releases.admission.rules import LOST_AFTER, is_lost
from portico.apps.releases.admission.service import explain
from portico.apps.releases.deployments import log
from portico.apps.releases.deployments.errors import (
    AgentLost,
    AnotherRuns,
    DeploymentNotFound,
    MayNotStart,
    NotYours,
)
from portico.apps.releases.deployments.log import SERVER, Who
from portico.apps.releases.deployments.models import Deployment
from portico.apps.releases.deployments.repository import DeploymentRepository
from portico.apps.releases.deployments.routing import WAITING, settle
from portico.apps.releases.permissions import Access, Action
from portico.kernel.errors import existing
from portico.kernel.etags import IfMatch
from portico.kernel.state_machine import IllegalTransition
from portico.kernel.transaction import Transaction

LEASE = timedelta(seconds=60)
AT_ONCE = 100
KEPT = 64 * 1024
"""Characters that stay of a stage's log: its end."""
LOST = "agent lost"


def agent(access: Access) -> Who:
    """The agent that calls: an API key for running deployments. Raises `Forbidden`."""
    access.require(Action.RUN)
    return Who(actor=access.actor, user_id=access.user_id, may=access.may)


class RunService:
    """`who` is an agent, or `Who.system(...)` for what reports by a signed message: it passes by no rule either."""

    def __init__(self, write: Transaction, who: Who, now: datetime) -> None:
        self._write = write
        self._who = who
        self._now = now
        self._deployments = DeploymentRepository(write)

    async def claim(self, deployment_id: int, name: str = "", *, silence: timedelta = timedelta(0)) -> None:
        """Start a deployment. All rules are asked again, and nothing that they say can change before it has started.

        `silence` is how long whoever runs it is not expected to report: a pipeline that says when it has ended.

        Raises `DeploymentNotFound`, `IllegalTransition`, and `MayNotStart` where a rule stands against it, or another
        one was first.
        """
        await policy.share(self._write)
        deployment = await self._locked(deployment_id, hold_release=True)
        if deployment.state not in WAITING:
            raise IllegalTransition(f"It is {deployment.state}.", details={"state": deployment.state})
        explanation = await explain(await self._write.connection(), deployment, self._now)
        if explanation.lost_id is not None:  # whether or not a worker is there to say so
            await attend(self._write, explanation.lost_id, self._now)
        await settle(self._write, deployment, explanation, SERVER)
        if not explanation.may_start:
            raise MayNotStart(explanation)
        deployment.agent = name or self._who.actor.name
        deployment.agent_key = self._who.actor.key
        heard = self._now + silence
        deployment.heartbeat_at, deployment.lease_until = heard, heard + LEASE
        if not await self._begin(deployment):
            raise AnotherRuns

    async def heartbeat(self, deployment_id: int) -> None:
        await self._running(deployment_id)

    async def report(
        self, deployment_id: int, number: int, match: IfMatch, *, name: str | None, state: str | None, log: str
    ) -> None:  # fmt: skip
        """What a stage is called, how it goes, and what it has written since the last report."""
        deployment = await self._running(deployment_id)
        match.check(deployment.version)
        stage = await self._deployments.stage(deployment_id, number)
        if stage is None:
            stage = self._deployments.add_stage(
                deployment_id=deployment_id, number=number, name=name or f"stage {number}", state="running", log="",
                started_at=self._now,
            )  # fmt: skip
        stage.name = name or stage.name
        stage.state = state or stage.state
        stage.ended_at = None if stage.state == "running" else stage.ended_at or self._now
        stage.log = (stage.log + log)[-KEPT:]

    async def succeed(self, deployment_id: int) -> None:
        """It runs there now, instead of what ran there before."""
        deployment = await self._running(deployment_id)
        before = await self._deployments.current(deployment.service_id, deployment.environment_id)
        deployment.previous_id = before["id"] if before else None
        await self._end(deployment, "succeed")

    async def fail(self, deployment_id: int, cause: str) -> None:
        deployment = await self._running(deployment_id)
        deployment.cause = cause
        await self._end(deployment, "fail", reason=cause)

    async def _begin(self, deployment: Deployment) -> bool:
        """Whether it runs now: the index `one_at_a_time` lets one of two that start at once."""
        return await self._deployments.starting(
            lambda: log.advance(self._write, deployment, "claim", self._who, self._now, agent=deployment.agent)
        )

    async def _end(self, deployment: Deployment, action: str, reason: str = "") -> None:
        deployment.lease_until = None
        await log.advance(self._write, deployment, action, self._who, self._now, reason=reason)

    async def _running(self, deployment_id: int) -> Deployment:
        """The deployment that this agent runs, with its lease renewed: whoever reports is alive.

        Raises `NotYours`, `AgentLost`, `IllegalTransition`.
        """
        deployment = await self._locked(deployment_id)
        is_own = deployment.agent_key == self._who.actor.key
        if deployment.state != "running":
            if is_own and deployment.cause == LOST:
                raise AgentLost
            raise IllegalTransition(f"It is {deployment.state}, and does not run.", details={"state": deployment.state})
        if not is_own:
            raise NotYours
        if is_lost(deployment.heartbeat_at, self._now):
            await lose(self._write, deployment, self._now)
            raise AgentLost
        deployment.heartbeat_at, deployment.lease_until = self._now, self._now + LEASE
        return deployment

    async def _locked(self, deployment_id: int, *, hold_release: bool = False) -> Deployment:
        deployment = await self._deployments.lock(deployment_id, hold_release=hold_release)
        return existing(deployment, DeploymentNotFound(deployment_id))


async def lose(write: Transaction, deployment: Deployment, now: datetime) -> None:
    deployment.cause, deployment.lease_until = LOST, None
    await log.advance(write, deployment, "lose", SERVER, now, reason=LOST)


async def due(write: Transaction, now: datetime) -> list[int]:
    """Some deployments for which a time has come."""
    return list(await DeploymentRepository(write).due(now=now, lost=now - LOST_AFTER, limit=AT_ONCE))


async def waiting(write: Transaction) -> list[int]:
    """Every deployment that has not started yet."""
    return list(await DeploymentRepository(write).waiting())


async def attend(write: Transaction, deployment_id: int, now: datetime) -> None:
    """Do what is due for one deployment: its agent is lost, its time has come, its approvals did not."""
    await policy.share(write)
    repository = DeploymentRepository(write)
    deployment = await repository.lock(deployment_id, hold_release=True)
    if deployment is None:
        return
    if deployment.state == "running":
        if is_lost(deployment.heartbeat_at, now):
            await lose(write, deployment, now)
        return
    await settle(write, deployment, await explain(await write.connection(), deployment, now), SERVER)
