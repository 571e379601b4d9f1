"""The files of an item."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from portico.apps.items import reads
from portico.apps.items.access import WriteAccess
from portico.apps.items.attachments.schemas import FileOut
from portico.apps.items.attachments.service import AttachmentService
from portico.apps.items.service import ItemNotFound, object_of
from portico.identity.public import OnceForAnyone
from portico.kernel.downloads import ANSWERS, download
from portico.kernel.errors import existing
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing
from portico.kernel.uploads import BODY, FilesOf, Upload, Uploading

attachments = router(prefix="/api/v1/items/{item_id}/files", tags=["files"])

FileUpload = Annotated[Upload, Depends(Uploading())]


@attachments.post(
    "", status_code=201, response_model=FileOut, summary="Add a file to an item",
    dependencies=[OnceForAnyone], openapi_extra=BODY,
)  # fmt: skip
async def add_file(item_id: Id, upload: FileUpload, write: Writing, access: WriteAccess, files: FilesOf) -> Any:
    return await AttachmentService(write, access, files).add(item_id, upload)


@attachments.get("", response_model=list[FileOut], summary="The files of an item")
async def list_files(item_id: Id, reading: Reading, files: FilesOf) -> Any:
    existing(await reads.item(reading, item_id), ItemNotFound(item_id))
    return await files.of(reading, object_of(item_id))


@attachments.get(
    "/{file_id}", response_class=Response, responses=ANSWERS, summary="A file, whole or a range of it"
)  # fmt: skip
async def get_file(item_id: Id, file_id: UUID, request: Request, reading: Reading, files: FilesOf) -> Response:
    return download(request, files, await files.find(reading, file_id, owner=object_of(item_id)))


@attachments.delete("/{file_id}", status_code=204, summary="Remove a file from an item")
async def remove_file(item_id: Id, file_id: UUID, write: Writing, access: WriteAccess, files: FilesOf) -> None:
    await AttachmentService(write, access, files).remove(item_id, file_id)
