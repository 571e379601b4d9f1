"""The assembly routes."""

from typing import Any

from fastapi import Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.fields import CodeFilter, Deleted, Search
from portico.apps.factory.projects import reads
from portico.apps.factory.projects.deletion import DeletionService
from portico.apps.factory.projects.errors import PartNotFound
from portico.apps.factory.projects.levels import ASSEMBLY
from portico.apps.factory.projects.schemas import AssemblyDetail, AssemblyIn, AssemblyPage, AssemblyPatch
from portico.apps.factory.projects.service import ProjectService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

assemblies = router(prefix="/api/v1/assemblies", tags=["assemblies"])


@assemblies.get("", response_model=AssemblyPage, summary="Assemblies, the newest first, with their progress")
async def list_assemblies(
    access: ReadAccess,
    reading: Reading,
    component: IdFilter = None,
    trolley: CodeFilter = None,
    code: CodeFilter = None,
    search: Search = None,
    deleted: Deleted = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"component_id": component, "trolley": trolley, "code": code, "search": search, "deleted": deleted}
    return await reads.assemblies(reading, filters, limit=limit, cursor=cursor)


@assemblies.post("", status_code=201, response_model=AssemblyDetail, summary="Add an assembly", dependencies=[Once])
async def create_assembly(body: AssemblyIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    assembly_id = await ProjectService(write, access).create(ASSEMBLY, **body.model_dump())
    return await _shown(await write.connection(), assembly_id, response)


@assemblies.get("/{assembly_id}", response_model=AssemblyDetail, summary="One assembly with its pieces, deleted or not")
async def get_assembly(assembly_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, assembly_id, response)


@assemblies.put("/{assembly_id}", response_model=AssemblyDetail, summary="Change some of an assembly")
async def change_assembly(
    assembly_id: Id, body: AssemblyPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await ProjectService(write, access).change(ASSEMBLY, assembly_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), assembly_id, response)


@assemblies.delete("/{assembly_id}", status_code=204, summary="Delete an assembly softly, with all that is in it")
async def delete_assembly(assembly_id: Id, write: Writing, access: WriteAccess, match: Matching, now: Now) -> None:
    await DeletionService(write, access, now).delete(ASSEMBLY, assembly_id, match)


@assemblies.post(
    "/{assembly_id}/restore", response_model=AssemblyDetail, dependencies=[Once],
    summary="Bring an assembly back, with what was deleted together with it",
)  # fmt: skip
async def restore_assembly(assembly_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    await DeletionService(write, access, now).restore(ASSEMBLY, assembly_id)
    return await _shown(await write.connection(), assembly_id, response)


async def _shown(connection: Connection, assembly_id: int, response: Response) -> Any:
    return tagged(response, await reads.assembly(connection, assembly_id), PartNotFound(ASSEMBLY.kind, assembly_id))
