"""The write side of deployments."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portico.apps.releases.deployments.models import Deployment, Stage
from portico.kernel.database import Row, fetch_all, fetch_one
from portico.kernel.transaction import Transaction

# The release is held first, as it is by those who change it: a deployment's row is locked after it.
HOLD_RELEASE = """
    SELECT id FROM releases.releases
    WHERE id = (SELECT release_id FROM releases.deployments WHERE id = %(id)s) FOR SHARE"""
RELEASE = """
    SELECT r.id, r.service_id, r.semver, r.state, r.content_hash, s.name AS service, s.team_id
    FROM releases.releases AS r JOIN releases.services AS s ON s.id = r.service_id
    WHERE (r.id = %(release_id)s) OR (r.precedence = %(precedence)s
        AND (s.id = %(service_id)s OR lower(s.name) = lower(%(service)s)))
    FOR SHARE OF r"""
ENVIRONMENT = """
    SELECT id, name FROM releases.environments
    WHERE id = %(environment_id)s OR lower(name) = lower(%(environment)s)"""
INCIDENT = """
    SELECT id, service_id, environment_id, resolved_at FROM releases.incidents WHERE id = %(id)s"""
CURRENT = """
    SELECT id, release_id FROM releases.deployments
    WHERE service_id = %(service_id)s AND environment_id = %(environment_id)s AND state = 'succeeded'
    ORDER BY ended_at DESC, id DESC LIMIT 1"""
# What ran there before, the latest first, of releases that may run there again.
BEFORE = """
    SELECT d.id, d.release_id FROM releases.deployments AS d JOIN releases.releases AS r ON r.id = d.release_id
    WHERE d.service_id = %(service_id)s AND d.environment_id = %(environment_id)s AND d.state = 'succeeded'
      AND d.content_hash = r.content_hash AND r.state IN ('published', 'candidate')
      AND (%(release_id)s::bigint IS NULL OR d.release_id = %(release_id)s)
      AND d.release_id IS DISTINCT FROM %(except)s
    ORDER BY d.ended_at DESC, d.id DESC LIMIT 1"""
DUE = """
    SELECT id FROM releases.deployments
    WHERE (state = 'running' AND heartbeat_at <= %(lost)s)
       OR (state = 'scheduled' AND scheduled_at <= %(now)s)
       OR (state = 'awaiting_approval' AND approval_until <= %(now)s)
    ORDER BY id LIMIT %(limit)s"""

WAITING = """
    SELECT id FROM releases.deployments WHERE state IN ('awaiting_approval', 'scheduled', 'queued') ORDER BY id"""


class DeploymentRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, deployment_id: int, *, hold_release: bool = False) -> Deployment | None:
        """The deployment, locked against other writers; its release is kept from changing where that is asked."""
        if hold_release:
            await fetch_one(await self._write.connection(), HOLD_RELEASE, {"id": deployment_id})
        query = select(Deployment).where(Deployment.id == deployment_id).with_for_update(key_share=True)
        found: Deployment | None = await self._write.session.scalar(
            query, execution_options={"populate_existing": True}
        )
        return found

    async def add(self, deployment: Deployment) -> None:
        self._write.session.add(deployment)
        await self._write.session.flush()

    async def starting(self, start: Callable[[], Awaitable[None]]) -> bool:
        """Write a start; False where another one has begun there meanwhile. Then nothing more can be written."""
        try:
            await start()
            await self._write.session.flush()
        except IntegrityError as error:
            if isinstance(error.orig, psycopg.errors.UniqueViolation):
                return False
            raise
        return True

    async def release(
        self, *, release_id: int | None = None, service_id: int | None = None, service: str | None = None,
        precedence: str | None = None,
    ) -> Row | None:  # fmt: skip
        """A release by its id, or by its service and version; it is kept from changing."""
        params = {"release_id": release_id, "service_id": service_id, "service": service, "precedence": precedence}
        return await fetch_one(await self._write.connection(), RELEASE, params)

    async def environment(self, environment_id: int | None, name: str | None) -> Row | None:
        params = {"environment_id": environment_id, "environment": name}
        return await fetch_one(await self._write.connection(), ENVIRONMENT, params)

    async def incident(self, incident_id: int) -> Row | None:
        return await fetch_one(await self._write.connection(), INCIDENT, {"id": incident_id})

    async def current(self, service_id: int, environment_id: int) -> Row | None:
        """The last success of a service in an environment: what runs there now."""
        params = {"service_id": service_id, "environment_id": environment_id}
        return await fetch_one(await self._write.connection(), CURRENT, params)

    async def before(self, deployment: Deployment, release_id: int | None) -> Row | None:
        """The last success there of another release, or of the one that is named."""
        except_id = deployment.release_id if deployment.state == "succeeded" else None
        params = {
            "service_id": deployment.service_id, "environment_id": deployment.environment_id,
            "release_id": release_id, "except": except_id,
        }  # fmt: skip
        return await fetch_one(await self._write.connection(), BEFORE, params)

    async def due(self, *, now: datetime, lost: datetime, limit: int) -> Sequence[int]:
        """Deployments for which a time has come: agents lost, schedules due, approvals that did not come."""
        params = {"now": now, "lost": lost, "limit": limit}
        return [row["id"] for row in await fetch_all(await self._write.connection(), DUE, params)]

    async def waiting(self) -> Sequence[int]:
        return [row["id"] for row in await fetch_all(await self._write.connection(), WAITING)]

    async def stage(self, deployment_id: int, number: int) -> Stage | None:
        found: Stage | None = await self._write.session.get(Stage, (deployment_id, number))
        return found

    def add_stage(self, **values: Any) -> Stage:
        stage = Stage(**values)
        self._write.session.add(stage)
        return stage
