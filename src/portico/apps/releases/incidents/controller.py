"""The incident routes."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.incidents import reads
from portico.apps.releases.incidents.schemas import (
    AttributionIn,
    IncidentIn,
    IncidentOut,
    IncidentPage,
    IncidentPatch,
    ResolutionIn,
)
from portico.apps.releases.incidents.service import IncidentNotFound, IncidentService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

incidents = router(prefix="/api/v1/incidents", tags=["incidents"])


async def _service(write: Writing, access: WriteAccess, now: Now) -> IncidentService:
    return IncidentService(write, access, now)


Incidents = Annotated[IncidentService, Depends(_service)]


async def _filters(
    service_id: IdFilter = None,
    environment_id: IdFilter = None,
    deployment_id: IdFilter = None,
    is_open: Annotated[bool | None, Query(alias="open", description="Those not yet resolved, or the rest.")] = None,
) -> dict[str, Any]:
    return {
        "service_id": service_id, "environment_id": environment_id, "deployment_id": deployment_id, "open": is_open
    }  # fmt: skip


@incidents.get("", response_model=IncidentPage, summary="Incidents, the newest first")
async def list_incidents(
    access: ReadAccess,
    reading: Reading,
    filters: Annotated[dict[str, Any], Depends(_filters)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.incidents(reading, filters, limit=limit, cursor=cursor)


@incidents.post("", status_code=201, response_model=IncidentOut, summary="Open an incident", dependencies=[Once])
async def open_incident(body: IncidentIn, service: Incidents, write: Writing, response: Response) -> Any:
    incident_id = await service.open(**body.model_dump())
    return await _shown(await write.connection(), incident_id, response)


@incidents.get("/{incident_id}", response_model=IncidentOut, summary="One incident")
async def get_incident(incident_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, incident_id, response)


@incidents.put("/{incident_id}", response_model=IncidentOut, summary="Change some of an incident")
async def change_incident(
    incident_id: Id, body: IncidentPatch, service: Incidents, write: Writing, match: Matching, response: Response
) -> Any:
    await service.change(incident_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), incident_id, response)


@incidents.post(
    "/{incident_id}/attribute", response_model=IncidentOut, summary="Say which deployment caused it, and why",
    dependencies=[Once],
)  # fmt: skip
async def attribute_incident(
    incident_id: Id, body: AttributionIn, service: Incidents, write: Writing, response: Response
) -> Any:
    await service.attribute(incident_id, body.deployment_id, body.reason)
    return await _shown(await write.connection(), incident_id, response)


@incidents.post(
    "/{incident_id}/resolve", response_model=IncidentOut, summary="Resolve an incident", dependencies=[Once]
)  # fmt: skip
async def resolve_incident(
    incident_id: Id, service: Incidents, write: Writing, response: Response, body: ResolutionIn | None = None
) -> Any:
    await service.resolve(incident_id, body.resolution if body else "")
    return await _shown(await write.connection(), incident_id, response)


async def _shown(connection: Connection, incident_id: int, response: Response) -> Any:
    return tagged(response, await reads.incident(connection, incident_id), IncidentNotFound(incident_id))
