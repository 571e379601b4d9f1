"""The routes of materials."""

from typing import Annotated, Any

from fastapi import Depends, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.fields import CodeFilter, Deleted
from portico.apps.factory.materials import reads
from portico.apps.factory.materials.schemas import MaterialIn, MaterialOut, MaterialPage, MaterialPatch
from portico.apps.factory.materials.service import MaterialNotFound, MaterialService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

materials = router(prefix="/api/v1/materials", tags=["materials"])


async def _service(write: Writing, access: WriteAccess, now: Now) -> MaterialService:
    return MaterialService(write, access, now)


Materials = Annotated[MaterialService, Depends(_service)]


@materials.get("", response_model=MaterialPage, summary="Materials, the newest first")
async def list_materials(
    reading: Reading,
    access: ReadAccess,
    deleted: Deleted = False,
    code: CodeFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.materials(reading, {"deleted": deleted, "code": code}, limit=limit, cursor=cursor)


@materials.post("", status_code=201, response_model=MaterialOut, summary="Add a material", dependencies=[Once])
async def create_material(body: MaterialIn, service: Materials, write: Writing, response: Response) -> Any:
    return await _shown(await write.connection(), await service.create(**body.model_dump()), response)


@materials.get("/{material_id}", response_model=MaterialOut, summary="One material")
async def get_material(material_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, material_id, response)


@materials.put("/{material_id}", response_model=MaterialOut, summary="Change some of a material")
async def change_material(
    material_id: Id, body: MaterialPatch, service: Materials, write: Writing, match: Matching, response: Response
) -> Any:
    await service.change(material_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), material_id, response)


@materials.delete("/{material_id}", status_code=204, summary="Delete a material of which nothing is on hand")
async def delete_material(material_id: Id, service: Materials, match: Matching) -> None:
    await service.delete(material_id, match)


@materials.post(
    "/{material_id}/restore", response_model=MaterialOut, summary="Bring a deleted material back", dependencies=[Once]
)
async def restore_material(material_id: Id, service: Materials, write: Writing, response: Response) -> Any:
    await service.restore(material_id)
    return await _shown(await write.connection(), material_id, response)


async def _shown(connection: Connection, material_id: int, response: Response) -> Any:
    return tagged(response, await reads.material(connection, material_id), MaterialNotFound(material_id))
