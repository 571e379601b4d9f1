"""From what a monitor says to an incident of ours."""

from datetime import datetime

from portico.apps.releases.hooks import reads
from portico.apps.releases.hooks.messages import Incident
from portico.apps.releases.hooks.result import Ignored, Result
from portico.apps.releases.incidents.service import IncidentService
from portico.apps.releases.permissions import Access
from portico.kernel.database import Connection
from portico.kernel.transaction import Transaction

LONGEST_TITLE = 200


class Reporting:
    def __init__(self, write: Transaction, access: Access, source: str, now: datetime) -> None:
        self._write = write
        self._source = source
        self._incidents = IncidentService(write, access, now)

    async def report(self, message: Incident) -> Result:
        """Raises `Ignored`, and what `IncidentService` raises."""
        connection = await self._write.connection()
        known = await reads.open_incident(connection, self._source, message.external)
        if message.is_resolved:
            if known is None:
                raise Ignored("no open incident of ours is this one")
            await self._incidents.resolve(known, message.text)
            return Result("taken", "resolved", f"incident:{known}", incident_id=known)
        if known is not None:
            raise Ignored(f"incident {known} is this one")
        return await self._opened(connection, message)

    async def _opened(self, connection: Connection, message: Incident) -> Result:
        environment = await reads.environment(connection, message.environment)
        if environment is None:
            raise Ignored(f"there is no environment {message.environment}")
        services = await reads.services(connection, name=message.service, repositories=())
        if not services:
            raise Ignored(f"there is no service {message.service}")
        title = (message.text or f"{message.service} in {message.environment}")[:LONGEST_TITLE]
        incident_id = await self._incidents.open(
            service_id=services[0]["id"],
            environment_id=environment["id"],
            title=title,
            description=message.text[:10_000],
        )
        if await reads.was_resolved(connection, self._source, message.external):
            # The word of its end came first. It is an incident all the same, and nobody will say again that it is over.
            await self._incidents.resolve(incident_id, "The end was told before the beginning.")
        return Result("taken", "opened", f"incident:{incident_id}", incident_id=incident_id)
