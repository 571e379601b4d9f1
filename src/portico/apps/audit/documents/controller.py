"""The document routes: files of the client's books and papers, and what was found in them."""

from typing import Annotated, Any

from fastapi import Depends, Query

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.documents import reads
from portico.apps.audit.documents.schemas import (
    DocumentForm,
    DocumentJobOut,
    DocumentJobPage,
    FinancialYearOut,
    LedgerNameOut,
    Status,
    UploadedOut,
)
from portico.apps.audit.documents.service import DocumentService, JobNotFound
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.evidence.service import LARGEST
from portico.apps.audit.fields import UNSEEN
from portico.identity.public import Once
from portico.kernel.errors import existing
from portico.kernel.form_uploads import FormUpload, FormUploading, form_of
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing
from portico.kernel.uploads import FilesOf

MOST_FILES = 20
documents = router(prefix="/api/v1/documents", tags=["documents"])
FIELDS = tuple(DocumentForm.model_fields)
Form = Annotated[FormUpload, Depends(FormUploading(file="files", fields=FIELDS, most=MOST_FILES, limit=LARGEST))]


async def _engagement(access: ReadAccess, reading: Reading, engagement: IdFilter = None) -> int | None:
    if engagement is not None:
        await look(reading, access, engagement)
    return engagement


OfEngagement = Annotated[int | None, Depends(_engagement)]


@documents.post(
    "/upload", status_code=201, response_model=UploadedOut, summary="Upload documents; what is in them is found out",
    dependencies=[Once], openapi_extra=form_of(DocumentForm, file="files", several=True),
    responses={400: {"description": "A file of another kind."}, **UNSEEN},
)  # fmt: skip
async def upload_documents(form: Form, write: Writing, access: WriteAccess, now: Now, files: FilesOf) -> Any:
    service = DocumentService(write, access, now, files)
    stored = await service.take(form.files())
    job_ids = await service.queue(stored, **form.read_as(DocumentForm).model_dump())
    jobs = await reads.these(await write.connection(), job_ids)
    return {"message": f"Documents uploaded: {len(jobs)}", "jobs": jobs}


@documents.get("/jobs", response_model=DocumentJobPage, summary="Uploads, the newest first", responses=UNSEEN)
async def list_jobs(
    access: ReadAccess,
    reading: Reading,
    engagement: OfEngagement,
    status_filter: Annotated[Status | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"engagement": engagement, "status": status_filter}
    return await reads.jobs(reading, access, filters, limit=limit, cursor=cursor)


@documents.get("/jobs/{job_id}", response_model=DocumentJobOut, summary="What became of one upload")
async def get_document_job(job_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return existing(await reads.job(reading, access, job_id), JobNotFound(job_id))


@documents.get(
    "/ledgers", response_model=list[LedgerNameOut], summary="Names under which ledgers were uploaded", responses=UNSEEN
)
async def list_ledger_names(access: ReadAccess, reading: Reading, engagement: OfEngagement) -> Any:
    return await reads.ledgers(reading, access, engagement)


@documents.get(
    "/financial-years", response_model=list[FinancialYearOut], summary="Years of uploaded documents", responses=UNSEEN
)
async def list_financial_years(access: ReadAccess, reading: Reading, engagement: OfEngagement) -> Any:
    return await reads.financial_years(reading, access, engagement)
