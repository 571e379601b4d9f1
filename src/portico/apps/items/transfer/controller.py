"""The transfer routes: a CSV file in, its report, and all items out as a CSV file."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from portico.apps.items.access import WriteAccess
from portico.apps.items.transfer import reads
from portico.apps.items.transfer.schemas import QueuedOut, ReportOut
from portico.apps.items.transfer.service import ImportService
from portico.identity.public import AnyWriter, Once, Reader
from portico.kernel import job_status
from portico.kernel.csv_cells import CSV, written
from portico.kernel.errors import existing
from portico.kernel.inputs import Id
from portico.kernel.replica import Replica
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing
from portico.kernel.uploads import FilesOf, Upload, Uploading, body_of

EXPORTED = ("id", "name", "description", "price", "quantity", "created_at", "updated_at")
FLAWS = ("line", "field", "message")

CsvUpload = Annotated[Upload, Depends(Uploading())]
transfer = router(prefix="/api/v1/items", tags=["transfer"])


def _file(what: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": what, "content": {"text/csv": {"schema": {"type": "string"}}}}}


@transfer.post(
    "/import", status_code=202, response_model=QueuedOut, summary="Add items from a CSV file, in a job",
    dependencies=[Once], openapi_extra=body_of("text/csv"),
)  # fmt: skip
async def import_items(
    request: Request, upload: CsvUpload, _: AnyWriter, write: Writing, access: WriteAccess, files: FilesOf,
    response: Response,
) -> Any:  # fmt: skip
    job_id = await ImportService(write, files).queue(access, upload)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/api/v1/jobs/{job_id}"
    return {"job_id": job_id}


@transfer.get(
    "/export", summary="All items as CSV", response_class=Response, responses=_file("A line for each item.")
)  # fmt: skip
async def export_items(request: Request) -> Response:
    headers = {"content-type": CSV, "content-disposition": 'attachment; filename="items.csv"'}
    if request.method == "HEAD":
        return Response(headers=headers)
    return StreamingResponse(_lines(request.app.state.replica), headers=headers)


@transfer.get("/imports/{job_id}", response_model=ReportOut, summary="What has become of one of your imports")
async def get_report(job_id: Id, request: Request, reading: Reading, caller: Reader) -> Any:
    job = await job_status.show(reading, job_id, app=request.app.state.name, owner=caller.key)
    report = existing(await reads.report(reading, job_id), job_status.NoSuchJob())
    return {**report, "status": job["status"], "error": job["error"]}


@transfer.get(
    "/imports/{job_id}/errors", summary="What was wrong with its rows, as CSV", response_class=Response,
    responses=_file("The line in the file, the column, and what is wrong: of the first 1,000 rows that were rejected."),
)  # fmt: skip
async def get_errors(job_id: Id, request: Request, reading: Reading, caller: Reader) -> Response:
    await job_status.show(reading, job_id, app=request.app.state.name, owner=caller.key)
    rows = await reads.flaws(reading, job_id)
    return Response(written([FLAWS, *(tuple(row.values()) for row in rows)]), headers={"content-type": CSV})


async def _lines(replica: Replica) -> AsyncIterator[bytes]:
    """Part by part, each on a connection that it gives back: a client that reads slowly holds none."""
    yield written([EXPORTED])
    rows = await _after(replica, 0)
    while rows:
        yield written(tuple(row.values()) for row in rows)
        rows = await _after(replica, rows[-1]["id"])


async def _after(replica: Replica, item_id: int) -> list[dict[str, Any]]:
    return await replica.read(lambda connection: reads.items_after(connection, item_id))
