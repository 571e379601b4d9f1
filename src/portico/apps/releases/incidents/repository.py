"""The write side of incidents."""

from sqlalchemy import select

from portico.apps.releases.incidents.models import Incident
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class IncidentRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, incident_id: int) -> Incident | None:
        """The incident, locked against other writers until the end of the transaction."""
        query = select(Incident).where(Incident.id == incident_id).with_for_update(key_share=True)
        found: Incident | None = await self._write.session.scalar(query)
        return found

    async def add(self, incident: Incident) -> str | None:
        """The constraint that stands against it, or None."""
        return await rows.save(self._write, incident)
