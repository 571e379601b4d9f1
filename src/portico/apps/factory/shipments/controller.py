"""The routes of shipments."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.fields import CodeFilter
from portico.apps.factory.shipments import reads
from portico.apps.factory.shipments.schemas import (
    LineIn,
    ShipmentDetailOut,
    ShipmentIn,
    ShipmentPage,
    ShipmentPatch,
    State,
)
from portico.apps.factory.shipments.service import ShipmentNotFound, ShipmentService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

shipments = router(prefix="/api/v1/shipments", tags=["shipments"])


async def _service(write: Writing, access: WriteAccess, now: Now) -> ShipmentService:
    return ShipmentService(write, access, now)


Shipments = Annotated[ShipmentService, Depends(_service)]


@shipments.get("", response_model=ShipmentPage, summary="Shipments, the newest first")
async def list_shipments(
    reading: Reading,
    access: ReadAccess,
    state: Annotated[State | None, Query()] = None,
    project: IdFilter = None,
    code: CodeFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"state": state, "project_id": project, "code": code}
    return await reads.shipments(reading, filters, limit=limit, cursor=cursor)


@shipments.post("", status_code=201, response_model=ShipmentDetailOut, summary="Draft a shipment", dependencies=[Once])
async def create_shipment(body: ShipmentIn, service: Shipments, write: Writing, response: Response) -> Any:
    return await _shown(await write.connection(), await service.create(**body.model_dump()), response)


@shipments.get("/{shipment_id}", response_model=ShipmentDetailOut, summary="One shipment with its lines")
async def get_shipment(shipment_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, shipment_id, response)


@shipments.put("/{shipment_id}", response_model=ShipmentDetailOut, summary="Change some of a draft")
async def change_shipment(
    shipment_id: Id, body: ShipmentPatch, service: Shipments, write: Writing, match: Matching, response: Response
) -> Any:
    await service.change(shipment_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), shipment_id, response)


@shipments.post(
    "/{shipment_id}/lines", response_model=ShipmentDetailOut, summary="Put so much of a lot into a draft",
    dependencies=[Once],
)  # fmt: skip
async def put_line(shipment_id: Id, body: LineIn, service: Shipments, write: Writing, response: Response) -> Any:
    await service.put_line(shipment_id, body.lot_id, body.quantity)
    return await _shown(await write.connection(), shipment_id, response)


@shipments.delete("/{shipment_id}/lines/{lot_id}", status_code=204, summary="Take a lot out of a draft")
async def remove_line(shipment_id: Id, lot_id: Id, service: Shipments) -> None:
    await service.remove_line(shipment_id, lot_id)


@shipments.post(
    "/{shipment_id}/ship", response_model=ShipmentDetailOut, summary="It leaves: book everything in it out",
    dependencies=[Once],
)  # fmt: skip
async def ship(shipment_id: Id, service: Shipments, write: Writing, response: Response) -> Any:
    await service.ship(shipment_id)
    return await _shown(await write.connection(), shipment_id, response)


@shipments.post(
    "/{shipment_id}/cancel", response_model=ShipmentDetailOut, summary="It does not leave", dependencies=[Once]
)  # fmt: skip
async def cancel(shipment_id: Id, service: Shipments, write: Writing, response: Response) -> Any:
    await service.cancel(shipment_id)
    return await _shown(await write.connection(), shipment_id, response)


async def _shown(connection: Connection, shipment_id: int, response: Response) -> Any:
    return tagged(response, await reads.shipment(connection, shipment_id), ShipmentNotFound(shipment_id))
