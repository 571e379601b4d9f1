"""Projects and how far they are: from the project down to the single piece."""

from typing import Any

from portico.apps.factory.pages.labels import picture
from portico.apps.factory.projects import reads
from portico.apps.factory.site import ReadDesk, Search
from portico.kernel.errors import NotFound, existing
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router

PART = 25

project_pages = page_router()


@project_pages.get("/admin/projects", summary="Projects and how far they are")
async def show_projects(desk: ReadDesk, q: Search = "", cursor: Cursor = None) -> Any:
    filters = {"search": q or None, "deleted": False}
    found = await reads.projects(desk.connection, filters, limit=PART, cursor=cursor)
    return await desk.page("projects.html", found=found, q=q, is_later=cursor is not None)


@project_pages.get("/admin/projects/{project_id}", summary="One project with its components")
async def show_project(desk: ReadDesk, project_id: Id) -> Any:
    found = existing(await reads.project(desk.connection, project_id), NotFound(f"There is no project {project_id}."))
    return await desk.page("project.html", project=found)


@project_pages.get("/admin/components/{component_id}", summary="One component with its assemblies and their pieces")
async def show_component(desk: ReadDesk, component_id: Id) -> Any:
    missing = NotFound(f"There is no component {component_id}.")
    found = existing(await reads.component(desk.connection, component_id), missing)
    filters = {"component_id": component_id, "deleted": found["deleted_at"] is not None}
    pieces = (await reads.pieces(desk.connection, filters, limit=500))["items"]
    parts = [
        {**each, "parts": [piece for piece in reversed(pieces) if piece["assembly_id"] == each["id"]]}
        for each in found["assemblies"]
    ]  # fmt: skip
    return await desk.page("component.html", component=found, assemblies=parts, picture=picture)
