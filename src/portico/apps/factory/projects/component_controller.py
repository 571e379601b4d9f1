"""The component routes."""

from typing import Any

from fastapi import Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.fields import CodeFilter, Deleted, Search
from portico.apps.factory.projects import reads
from portico.apps.factory.projects.deletion import DeletionService
from portico.apps.factory.projects.errors import PartNotFound
from portico.apps.factory.projects.levels import COMPONENT
from portico.apps.factory.projects.schemas import ComponentDetail, ComponentIn, ComponentPage, ComponentPatch
from portico.apps.factory.projects.service import ProjectService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

components = router(prefix="/api/v1/components", tags=["components"])


@components.get("", response_model=ComponentPage, summary="Components, the newest first, with their progress")
async def list_components(
    access: ReadAccess,
    reading: Reading,
    project: IdFilter = None,
    code: CodeFilter = None,
    search: Search = None,
    deleted: Deleted = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"project_id": project, "code": code, "search": search, "deleted": deleted}
    return await reads.components(reading, filters, limit=limit, cursor=cursor)


@components.post("", status_code=201, response_model=ComponentDetail, summary="Add a component", dependencies=[Once])
async def create_component(body: ComponentIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    component_id = await ProjectService(write, access).create(COMPONENT, **body.model_dump())
    return await _shown(await write.connection(), component_id, response)


@components.get(
    "/{component_id}", response_model=ComponentDetail, summary="One component with its assemblies, deleted or not"
)
async def get_component(component_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, component_id, response)


@components.put("/{component_id}", response_model=ComponentDetail, summary="Change some of a component")
async def change_component(
    component_id: Id, body: ComponentPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await ProjectService(write, access).change(COMPONENT, component_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), component_id, response)


@components.delete("/{component_id}", status_code=204, summary="Delete a component softly, with all that is in it")
async def delete_component(component_id: Id, write: Writing, access: WriteAccess, match: Matching, now: Now) -> None:
    await DeletionService(write, access, now).delete(COMPONENT, component_id, match)


@components.post(
    "/{component_id}/restore", response_model=ComponentDetail, dependencies=[Once],
    summary="Bring a component back, with what was deleted together with it",
)  # fmt: skip
async def restore_component(component_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    await DeletionService(write, access, now).restore(COMPONENT, component_id)
    return await _shown(await write.connection(), component_id, response)


async def _shown(connection: Connection, component_id: int, response: Response) -> Any:
    return tagged(response, await reads.component(connection, component_id), PartNotFound(COMPONENT.kind, component_id))
