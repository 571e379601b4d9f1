"""Catalogs and profiles on pages: which there are, what they require, and the form that imports one."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from portico.apps.audit.frameworks import reads
from portico.apps.audit.frameworks.schemas import LONGEST_NAME, MOST_BYTES
from portico.apps.audit.frameworks.service import FrameworkNotFound, FrameworkService
from portico.apps.audit.pages.reads import PART
from portico.apps.audit.permissions import Action
from portico.apps.audit.site import FRAMEWORKS, Chosen, Desk, ReadingDesk, WritingDesk, refused
from portico.kernel.errors import Conflict, InvalidInput, existing
from portico.kernel.files import tidy
from portico.kernel.form_uploads import FormUpload, FormUploading
from portico.kernel.forms import FIELD, Done, FromThisOrigin, require_token
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router

framework_pages = page_router()

DocumentForm = Annotated[FormUpload, Depends(FormUploading(file="file", fields=(FIELD,), limit=MOST_BYTES))]
Words = Annotated[str, Query(max_length=100)]


@framework_pages.get("/frameworks", summary="Catalogs and profiles of controls")
async def show_frameworks(desk: ReadingDesk, cursor: Cursor = None, done: Done = "") -> Any:
    return await _frameworks(desk, cursor=cursor, done="It is imported." if done else "")


@framework_pages.post(
    "/frameworks", summary="Import an OSCAL catalog or profile from the form", dependencies=[FromThisOrigin]
)
async def import_framework(request: Request, form: DocumentForm, desk: WritingDesk) -> Any:
    desk.access.require(Action.CONFIGURE)
    body, name = await desk.write.aside(_document(request, form))  # a slow sender holds no connection
    try:
        framework_id = await FrameworkService(desk.write, desk.access).take(body, name=name)
    except (InvalidInput, Conflict) as refusal:
        return await refused(desk, refusal, {}, _not_imported)
    return desk.go_to(f"{FRAMEWORKS}/{framework_id}", "imported")


@framework_pages.get("/frameworks/{framework_id}", summary="A framework, and what it requires")
async def show_framework(
    framework_id: Id, desk: ReadingDesk, family: Chosen = "", q: Words = "", cursor: Cursor = None, done: Done = ""
) -> Any:
    reader = reads.Reader.of(desk.access)
    framework = existing(await reads.framework(desk.connection, reader, framework_id), FrameworkNotFound(framework_id))
    filters = {"framework": framework_id, "family": family or None, "withdrawn": False, "q": q.strip() or None}
    listed = await reads.requirements(desk.connection, reader, filters, limit=PART, cursor=cursor)
    return await desk.page(
        "framework.html", framework=framework, requirements=listed["items"], total=listed["total"],
        following=listed["next_cursor"], is_later=cursor is not None,
        chosen={name: value for name, value in (("family", family), ("q", q)) if value},
        families=[(each["id"], each["title"] or each["id"]) for each in framework["families"]],
        done="It is imported." if done else "",
    )  # fmt: skip


async def _document(request: Request, form: FormUpload) -> tuple[bytes, str]:
    """What was sent, and the name by which profiles may import it. Raises `FormRefused`."""
    body, name = bytearray(), ""
    async for file in form.files():
        name = tidy(file.name)[:LONGEST_NAME]
        async for chunk in file:
            body += chunk
    require_token(request, form.fields.get(FIELD, [""])[0])
    return bytes(body), name


async def _not_imported(desk: Desk, *, errors: Mapping[str, str], **values: Any) -> Any:
    """What is wrong with the whole of a document is told of `$`, as JSONPath has it."""
    told = {"the document" if place == "$" else place: what for place, what in errors.items()}
    return await _frameworks(desk, errors=told, **values)


async def _frameworks(desk: Desk, *, cursor: str | None = None, **values: Any) -> Any:
    listed = await reads.frameworks(desk.connection, reads.Reader.of(desk.access), limit=PART, cursor=cursor)
    return await desk.page(
        "frameworks.html", frameworks=listed["items"], following=listed["next_cursor"], is_later=cursor is not None,
        may_import=desk.access.may(Action.CONFIGURE), **values,
    )  # fmt: skip
