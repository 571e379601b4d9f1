"""The routes of locations."""

from typing import Annotated, Any

from fastapi import Depends, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.fields import CodeFilter, Deleted
from portico.apps.factory.locations import reads
from portico.apps.factory.locations.schemas import LocationIn, LocationOut, LocationPage, LocationPatch
from portico.apps.factory.locations.service import LocationNotFound, LocationService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

locations = router(prefix="/api/v1/locations", tags=["locations"])


async def _service(write: Writing, access: WriteAccess, now: Now) -> LocationService:
    return LocationService(write, access, now)


Locations = Annotated[LocationService, Depends(_service)]


@locations.get("", response_model=LocationPage, summary="Locations, the newest first")
async def list_locations(
    reading: Reading,
    access: ReadAccess,
    deleted: Deleted = False,
    code: CodeFilter = None,
    workstation: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"deleted": deleted, "code": code, "workstation_id": workstation}
    return await reads.locations(reading, filters, limit=limit, cursor=cursor)


@locations.post("", status_code=201, response_model=LocationOut, summary="Add a location", dependencies=[Once])
async def create_location(body: LocationIn, service: Locations, write: Writing, response: Response) -> Any:
    return await _shown(await write.connection(), await service.create(**body.model_dump()), response)


@locations.get("/{location_id}", response_model=LocationOut, summary="One location")
async def get_location(location_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, location_id, response)


@locations.put("/{location_id}", response_model=LocationOut, summary="Change some of a location")
async def change_location(
    location_id: Id, body: LocationPatch, service: Locations, write: Writing, match: Matching, response: Response
) -> Any:
    await service.change(location_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), location_id, response)


@locations.delete("/{location_id}", status_code=204, summary="Delete a location where nothing lies")
async def delete_location(location_id: Id, service: Locations, match: Matching) -> None:
    await service.delete(location_id, match)


@locations.post(
    "/{location_id}/restore", response_model=LocationOut, summary="Bring a deleted location back", dependencies=[Once]
)
async def restore_location(location_id: Id, service: Locations, write: Writing, response: Response) -> Any:
    await service.restore(location_id)
    return await _shown(await write.connection(), location_id, response)


async def _shown(connection: Connection, location_id: int, response: Response) -> Any:
    return tagged(response, await reads.location(connection, location_id), LocationNotFound(location_id))
