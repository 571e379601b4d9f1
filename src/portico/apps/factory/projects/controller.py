"""The project routes."""

from typing import Any

from fastapi import Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.fields import CodeFilter, Deleted, Search
from portico.apps.factory.projects import reads
from portico.apps.factory.projects.deletion import DeletionService
from portico.apps.factory.projects.errors import PartNotFound
from portico.apps.factory.projects.levels import PROJECT
from portico.apps.factory.projects.schemas import ProjectDetail, ProjectIn, ProjectPage, ProjectPatch
from portico.apps.factory.projects.service import ProjectService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

projects = router(prefix="/api/v1/projects", tags=["projects"])


@projects.get("", response_model=ProjectPage, summary="Projects, the newest first, with their progress")
async def list_projects(
    access: ReadAccess,
    reading: Reading,
    code: CodeFilter = None,
    search: Search = None,
    deleted: Deleted = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"code": code, "search": search, "deleted": deleted}
    return await reads.projects(reading, filters, limit=limit, cursor=cursor)


@projects.post("", status_code=201, response_model=ProjectDetail, summary="Add a project", dependencies=[Once])
async def create_project(body: ProjectIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    project_id = await ProjectService(write, access).create(PROJECT, **body.model_dump())
    return await _shown(await write.connection(), project_id, response)


@projects.get("/{project_id}", response_model=ProjectDetail, summary="One project with its components, deleted or not")
async def get_project(project_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, project_id, response)


@projects.put("/{project_id}", response_model=ProjectDetail, summary="Change some of a project")
async def change_project(
    project_id: Id, body: ProjectPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await ProjectService(write, access).change(PROJECT, project_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), project_id, response)


@projects.delete("/{project_id}", status_code=204, summary="Delete a project softly, with all that is in it")
async def delete_project(project_id: Id, write: Writing, access: WriteAccess, match: Matching, now: Now) -> None:
    await DeletionService(write, access, now).delete(PROJECT, project_id, match)


@projects.post(
    "/{project_id}/restore", response_model=ProjectDetail, dependencies=[Once],
    summary="Bring a project back, with what was deleted together with it",
)  # fmt: skip
async def restore_project(project_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    await DeletionService(write, access, now).restore(PROJECT, project_id)
    return await _shown(await write.connection(), project_id, response)


async def _shown(connection: Connection, project_id: int, response: Response) -> Any:
    return tagged(response, await reads.project(connection, project_id), PartNotFound(PROJECT.kind, project_id))
