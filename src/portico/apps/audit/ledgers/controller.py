"""The ledger routes."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.evidence.service import LARGEST, EvidenceService
from portico.apps.audit.fields import UNSEEN
from portico.apps.audit.ledgers import reads
from portico.apps.audit.ledgers.schemas import (
    AccountPage,
    EntryPage,
    Kind,
    LedgerForm,
    LedgerIn,
    LedgerOut,
    LedgerPage,
    LedgerQueuedOut,
)
from portico.apps.audit.ledgers.service import LedgerNotFound, LedgerService
from portico.apps.audit.permissions import Access
from portico.identity.public import Once
from portico.kernel.database import Connection, Row
from portico.kernel.errors import existing
from portico.kernel.form_uploads import FormUpload, FormUploading, form_of
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing
from portico.kernel.uploads import FilesOf

ledgers = router(prefix="/api/v1", tags=["ledgers"])
Form = Annotated[FormUpload, Depends(FormUploading(file="file", fields=tuple(LedgerForm.model_fields), limit=LARGEST))]


async def _service(write: Writing, access: WriteAccess, now: Now) -> LedgerService:
    return LedgerService(write, access, now)


Ledgers = Annotated[LedgerService, Depends(_service)]


@ledgers.post(
    "/ledgers/import", status_code=202, response_model=LedgerQueuedOut, dependencies=[Once],
    summary="File a ledger as evidence and read it, in a job", openapi_extra=form_of(LedgerForm, file="file"),
    responses=UNSEEN,
)  # fmt: skip
async def import_ledger(
    form: Form, request: Request, service: Ledgers, write: Writing, access: WriteAccess, now: Now, files: FilesOf,
    response: Response,
) -> Any:  # fmt: skip
    vault = EvidenceService(write, access, now, files)
    [file] = await vault.take(form.files())
    given = form.read_as(LedgerForm)
    version_id = await vault.file_away(given.engagement, file, title=given.name, procedure_id=given.procedure)
    queued = await service.queue(
        version_id, name=given.name, kind=given.kind, financial_year=given.financial_year, mapping=given.mapping
    )
    return _queued(request, response, *queued)


@ledgers.post(
    "/ledgers", status_code=202, response_model=LedgerQueuedOut, dependencies=[Once],
    summary="Read a file that is evidence already as a ledger, in a job",
    responses={404: {"description": "There is no such version of evidence, or none that you may see."}},
)  # fmt: skip
async def read_ledger(body: LedgerIn, request: Request, service: Ledgers, response: Response) -> Any:
    queued = await service.queue(
        body.evidence_version_id, name=body.name, kind=body.kind, financial_year=body.financial_year,
        mapping=body.mapping,
    )  # fmt: skip
    return _queued(request, response, *queued)


@ledgers.get("/engagements/{engagement_id}/ledgers", response_model=LedgerPage, summary="Ledgers, the newest first")
async def list_ledgers(
    engagement_id: Id, access: ReadAccess, reading: Reading, kind: Kind | None = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:  # fmt: skip
    await look(reading, access, engagement_id)
    return await reads.ledgers(reading, engagement_id, kind=kind, limit=limit, cursor=cursor)


@ledgers.get("/ledgers/{ledger_id}", response_model=LedgerOut, summary="One ledger, and how its import went")
async def get_ledger(ledger_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return await _ledger(reading, access, ledger_id)


@ledgers.get("/ledgers/{ledger_id}/accounts", response_model=AccountPage, summary="Accounts by their codes")
async def list_accounts(
    ledger_id: Id, access: ReadAccess, reading: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    await _ledger(reading, access, ledger_id)
    return await reads.accounts(reading, ledger_id, limit=limit, cursor=cursor)


@ledgers.get("/ledgers/{ledger_id}/entries", response_model=EntryPage, summary="Entries with their lines, as filed")
async def list_entries(
    ledger_id: Id,
    access: ReadAccess,
    reading: Reading,
    journal: str | None = None,
    number: str | None = None,
    account: str | None = None,
    digits: Annotated[int | None, Query(ge=1, le=99, description="A debit of at least 10 begins with them.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await _ledger(reading, access, ledger_id)
    beginning = None if digits is None else str(digits)
    filters = {"journal": journal, "number": number, "account": account, "digits": beginning}
    return await reads.entries(reading, ledger_id, filters, limit=limit, cursor=cursor)


async def _ledger(connection: Connection, access: Access, ledger_id: int) -> Row:
    return existing(await reads.ledger(connection, access, ledger_id), LedgerNotFound(ledger_id))


def _queued(request: Request, response: Response, ledger_id: int, job_id: int) -> dict[str, int]:
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/api/v1/jobs/{job_id}"
    return {"ledger_id": ledger_id, "job_id": job_id}
