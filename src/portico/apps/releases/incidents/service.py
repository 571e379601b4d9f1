"""The rules of incidents. Each is attributed to one deployment at the most, with the reason why."""

from datetime import datetime
from typing import Any

from portico.apps.releases import audit, events, notices
from portico.apps.releases.incidents import reads
from portico.apps.releases.incidents.models import Incident
from portico.apps.releases.incidents.repository import IncidentRepository
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.services.reads import team_of
from portico.kernel.database import Row
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

TOLD = ("id", "service", "environment", "title", "severity", "deployment_id", "attribution")


class IncidentNotFound(NotFound):
    def __init__(self, incident_id: int) -> None:
        super().__init__(f"There is no incident {incident_id}.")


class IncidentResolved(Conflict):
    message = "Somebody has resolved this incident already."


class StartedLater(Conflict):
    message = "This deployment had not started when the incident was opened: it cannot have caused it."


class IncidentService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._incidents = IncidentRepository(write)

    async def open(self, *, service_id: int, environment_id: int, **values: Any) -> int:
        """Add an incident and answer its id: now, with the deployment proposed that came last before it.

        Raises `Forbidden`, `InvalidInput`.
        """
        self._access.require(Action.REPORT)
        connection = await self._write.connection()
        last = await reads.last_before(connection, service_id, environment_id, self._now)
        incident = Incident(
            service_id=service_id, environment_id=environment_id, opened_at=self._now, created_at=self._now,
            opened_by=self._access.user_id, deployment_id=last["id"] if last else None,
            attribution=_proposal(last, self._now), **values,
        )  # fmt: skip
        if (refusal := await self._incidents.add(incident)) is not None:
            field = "service_id" if "service" in refusal else "environment_id"
            raise InvalidInput(details={field: "not found"})
        shown = await self._tell("incident.opened", incident.id)
        title = f"{shown['service']} in {shown['environment']}: {shown['title']}"
        await notices.tell_team(
            self._write, self._access, shown["team_id"], topic="incident.opened", title=title,
            body=incident.attribution, data=_told(shown),
        )  # fmt: skip
        return incident.id

    async def change(self, incident_id: int, match: IfMatch, **values: Any) -> None:
        """For the team, and for who has opened it. Raises `IncidentNotFound`, `Forbidden`, `PreconditionFailed`."""
        incident = await self._locked(incident_id, with_opener=True)
        match.check(incident.version)
        if values:
            before = {name: getattr(incident, name) for name in values}
            incident.change(**values)
            changes = {name: [before[name], values[name]] for name in values}
            await self._tell("incident.changed", incident_id, changes=changes)

    async def attribute(self, incident_id: int, deployment_id: int | None, reason: str) -> None:
        """Say which deployment caused it, instead of what was said before; None: none did.

        Raises `IncidentNotFound`, `Forbidden`, `InvalidInput`, `StartedLater`.
        """
        incident = await self._locked(incident_id)
        if deployment_id is not None:
            if not reason.strip():
                raise InvalidInput(details={"reason": "say why it was this deployment"})
            found = await reads.start_of(await self._write.connection(), deployment_id)
            if found is None:
                raise InvalidInput(details={"deployment_id": "is no deployment"})
            if found["started_at"] is None or found["started_at"] > incident.opened_at:
                raise StartedLater
        incident.change(deployment_id=deployment_id, attribution=reason)
        await self._tell("incident.attributed", incident_id)

    async def resolve(self, incident_id: int, resolution: str) -> None:
        """Raises `IncidentNotFound`, `Forbidden`, `IncidentResolved`."""
        incident = await self._locked(incident_id)
        if incident.resolved_at is not None:
            raise IncidentResolved
        incident.change(resolved_at=self._now, resolved_by=self._access.user_id, resolution=resolution)
        shown = await self._tell("incident.resolved", incident_id, resolution=resolution)
        title = f"Resolved: {shown['title']}"
        await notices.tell_team(
            self._write, self._access, shown["team_id"], topic="incident.resolved", title=title, body=resolution,
            data=_told(shown),
        )  # fmt: skip

    async def _locked(self, incident_id: int, *, with_opener: bool = False) -> Incident:
        incident = await self._incidents.lock(incident_id)
        team_id = await team_of(await self._write.connection(), incident.service_id) if incident else None
        if incident is None or team_id is None:
            raise IncidentNotFound(incident_id)
        is_opener = with_opener and self._access.owns(incident.opened_by) and self._access.may(Action.REPORT)
        if not is_opener:
            self._access.require_for(Action.RESOLVE, team_id)
        return incident

    async def _tell(self, action: str, incident_id: int, **details: Any) -> Row:
        shown = await reads.incident(await self._write.connection(), incident_id)
        if shown is None:
            raise IncidentNotFound(incident_id)
        key = f"incident:{incident_id}"
        await audit.log(self._write, self._access, action, key, **_told(shown), **details)
        payload = {**_told(shown), **details, "version": shown["release"]}
        await events.tell(self._write, action, key=key, payload=payload, now=self._now)
        return shown


def _told(shown: Row) -> dict[str, Any]:
    return {name: shown[name] for name in TOLD}


def _proposal(last: Row | None, now: datetime) -> str:
    if last is None:
        return ""
    minutes = int((now - last["ended_at"]).total_seconds() // 60)
    return (
        f"Proposed: the deployment of {last['release']} to {last['environment']} {last['state']} {minutes} minutes"
        " before, and none came after it."
    )
