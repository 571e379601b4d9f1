"""From what a pipeline says to a deployment of ours: asked for, claimed and ended as everybody has to."""

from datetime import datetime, timedelta

from portico.apps.releases.deployments.running import RunService, agent
from portico.apps.releases.deployments.service import DeploymentService
from portico.apps.releases.hooks import reads
from portico.apps.releases.hooks.messages import Deployed
from portico.apps.releases.hooks.result import Ignored, Result
from portico.apps.releases.permissions import Access
from portico.kernel.database import Connection, Row
from portico.kernel.transaction import Transaction

SILENCE = timedelta(hours=6)
"""How long a pipeline may take that says nothing between its begin and its end: GitHub's longest job."""


class Deploying:
    """What comes first asks for the deployment, if nobody has: so a status counts although it came before it."""

    def __init__(self, write: Transaction, access: Access, source: str, now: datetime) -> None:
        self._write = write
        self._source = source
        self._access = access
        self._now = now

    async def find(self, message: Deployed) -> int:
        """The deployment that is meant, or a new one. Raises `Ignored`, and what `DeploymentService` raises."""
        connection = await self._write.connection()
        linked = await reads.linked(connection, self._source, message.external)
        if linked is not None and linked["deployment_id"] is not None:
            return int(linked["deployment_id"])
        environment = await reads.environment(connection, message.environment)
        if environment is None:
            raise Ignored(f"there is no environment {message.environment}")
        service, release = await self._meant(connection, message)
        where = {"service_id": service["id"], "environment_id": environment["id"]}
        if message.deployment_id is not None:
            return await self._ours(connection, message.deployment_id, where)
        found = await reads.under_way(connection, release_id=release["id"] if release else None, **where)
        if found is not None:
            return found
        if release is None:
            raise Ignored(f"no release of {service['name']} is {message.version or message.git_sha or 'named'}")
        if message.is_rollback:
            raise Ignored(f"no rollback of {service['name']} in {environment['name']} is under way")
        return await DeploymentService(self._write, self._access, self._now).request(
            release_id=release["id"], environment_id=environment["id"], reason=f"{self._source}: {message.external}"
        )

    async def follow(self, message: Deployed, deployment_id: int) -> Result:
        """Let it become what the pipeline says. Raises `Ignored`, and what `RunService` raises."""
        state = await reads.state_of(await self._write.connection(), deployment_id)
        done = Result("taken", "", f"deployment:{deployment_id}", deployment_id)
        if message.state == "requested":
            return done
        if state in reads.ENDED or state == message.state:
            raise Ignored(f"deployment {deployment_id} is {state}")
        runs = RunService(self._write, agent(self._access), self._now)
        if state != "running":
            await runs.claim(deployment_id, self._source, silence=SILENCE)
        if message.state == "succeeded":
            await runs.succeed(deployment_id)
        elif message.state == "failed":
            await runs.fail(deployment_id, message.why or f"failed in {self._source}")
        return done

    async def _ours(self, connection: Connection, deployment_id: int, where: dict[str, int]) -> int:
        """A deployment whose number the sender has: it has to be of its own service, and go there."""
        if not await reads.is_of(connection, deployment_id, **where):
            raise Ignored(f"deployment {deployment_id} is not of this service and environment")
        return deployment_id

    async def _meant(self, connection: Connection, message: Deployed) -> tuple[Row, Row | None]:
        """The service and the release. Of several services in one repository the one that has the release."""
        services = await reads.services(connection, name=message.service, repositories=message.repositories)
        if not services:
            raise Ignored(f"there is no service {message.service}" if message.service else "no service is from there")
        found = [
            (service, await reads.release_of(connection, service, version=message.version, git_sha=message.git_sha))
            for service in services
        ]
        fitting = [each for each in found if each[1] is not None] or found
        if len(fitting) > 1:
            names = ", ".join(service["name"] for service, _ in fitting)
            raise Ignored(f"it could be of several services: {names}; name one in the payload as `service`")
        return fitting[0]
