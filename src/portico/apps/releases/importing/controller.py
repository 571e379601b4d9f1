"""The import routes."""

from typing import Any

from fastapi import Request, Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.importing import reads
from portico.apps.releases.importing.schemas import GitImportIn, QueuedOut, ReportOut
from portico.apps.releases.importing.service import ImportService
from portico.identity.public import Once
from portico.kernel import job_status
from portico.kernel.errors import existing
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

importing = router(prefix="/api/v1/services/{service_id}", tags=["importing"])


@importing.post(
    "/import/git", status_code=202, response_model=QueuedOut, dependencies=[Once],
    summary="Make releases of a git repository's tags, in a job",
)  # fmt: skip
async def import_git(
    service_id: Id, request: Request, write: Writing, access: WriteAccess, response: Response,
    body: GitImportIn | None = None,
) -> Any:  # fmt: skip
    asked = body or GitImportIn()
    job_id = await ImportService(write).queue(access, service_id, url=asked.url, path=asked.path)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/api/v1/jobs/{job_id}"
    return {"job_id": job_id}


@importing.get("/imports/{job_id}", response_model=ReportOut, summary="What has become of an import")
async def get_import(service_id: Id, job_id: Id, request: Request, reading: Reading, access: ReadAccess) -> Any:
    found = existing(await reads.report(reading, service_id, job_id), job_status.NoSuchJob())
    job = await job_status.show(reading, job_id, app=request.app.state.name, owner=found.pop("owner"))
    about = found.pop("report") or {"unchanged": None, "passed_over": None, "findings": []}
    return {**found, **about, "status": job["status"], "error": job["error"], "progress": job["progress"]}
