"""The evidence routes."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.evidence import reads
from portico.apps.audit.evidence.schemas import (
    CustodyPage,
    EvidenceForm,
    EvidenceOut,
    EvidencePage,
    VerificationOut,
    VersionOut,
)
from portico.apps.audit.evidence.service import LARGEST, EvidenceNotFound, EvidenceService, VersionNotFound
from portico.apps.audit.fields import UNSEEN
from portico.apps.audit.permissions import Access, Action
from portico.identity.public import Once
from portico.kernel.database import Connection, Row
from portico.kernel.downloads import ANSWERS, download
from portico.kernel.errors import existing
from portico.kernel.form_uploads import FormUpload, FormUploading, form_of
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing
from portico.kernel.uploads import FilesOf

evidence = router(prefix="/api/v1", tags=["evidence"])
VERSION = "/evidence-versions/{version_id}"
Form = Annotated[
    FormUpload, Depends(FormUploading(file="file", fields=tuple(EvidenceForm.model_fields), limit=LARGEST))
]


async def _service(write: Writing, access: WriteAccess, now: Now, files: FilesOf) -> EvidenceService:
    return EvidenceService(write, access, now, files)


Vault = Annotated[EvidenceService, Depends(_service)]


@evidence.post(
    "/evidence", status_code=201, response_model=VersionOut, summary="File a document, or a new version of one",
    dependencies=[Once], openapi_extra=form_of(EvidenceForm, file="file"), responses=UNSEEN,
)  # fmt: skip
async def file_evidence(form: Form, vault: Vault, write: Writing, access: WriteAccess) -> Any:
    [file] = await vault.take(form.files())
    given = form.read_as(EvidenceForm)
    version_id = await vault.file_away(
        given.engagement, file, title=given.title, request_id=given.request, procedure_id=given.procedure,
        evidence_id=given.evidence,
    )  # fmt: skip
    return await _version(await write.connection(), access, version_id)


@evidence.get(
    "/evidence", response_model=EvidencePage, summary="Evidence that you may see, the newest first", responses=UNSEEN
)
async def list_evidence(
    access: ReadAccess,
    reading: Reading,
    engagement: IdFilter = None,
    request: IdFilter = None,
    procedure: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    if engagement is not None:
        await look(reading, access, engagement, Action.FILE_EVIDENCE)
    filters = {"engagement": engagement, "request": request, "procedure": procedure}
    return await reads.evidence_list(reading, access, filters, limit=limit, cursor=cursor)


@evidence.get("/evidence/{evidence_id}", response_model=EvidenceOut, summary="One document of the vault")
async def get_evidence(evidence_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return existing(await reads.evidence(reading, access, evidence_id), EvidenceNotFound(evidence_id))


@evidence.get(
    "/evidence/{evidence_id}/versions", response_model=list[VersionOut], summary="Its versions, the newest first"
)  # fmt: skip
async def list_versions(evidence_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return existing(await reads.versions(reading, access, evidence_id) or None, EvidenceNotFound(evidence_id))


@evidence.get(VERSION, response_model=VersionOut, summary="One version")
async def get_version(version_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return await _version(reading, access, version_id)


@evidence.get(
    f"{VERSION}/content", response_class=Response, responses=ANSWERS,
    summary="The bytes of a version, verified before the first is sent; whole or a range",
)  # fmt: skip
async def get_content(version_id: Id, request: Request, vault: Vault, files: FilesOf) -> Response:
    return download(request, files, await vault.open(version_id))


@evidence.post(f"{VERSION}/seal", response_model=VersionOut, summary="Take a version as evidence", dependencies=[Once])
async def seal_version(version_id: Id, vault: Vault, write: Writing, access: WriteAccess) -> Any:
    await vault.seal(version_id)
    return await _version(await write.connection(), access, version_id)


@evidence.get(
    f"{VERSION}/verify", response_model=VerificationOut, summary="Whether the stored bytes are those received"
)
async def verify_version(version_id: Id, vault: Vault) -> Any:
    finding = await vault.verify(version_id)
    return {"intact": finding.is_intact, **finding.details, "size": finding.size}


@evidence.get(f"{VERSION}/custody", response_model=CustodyPage, summary="Who has done what with a version, and when")
async def get_custody(
    version_id: Id, access: ReadAccess, reading: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    found = await _version(reading, access, version_id)
    await look(reading, access, found["engagement_id"])  # what the team does with it is not an auditee's to see
    return await reads.custody(reading, found, limit=limit, cursor=cursor)


async def _version(connection: Connection, access: Access, version_id: int) -> Row:
    return existing(await reads.version(connection, access, version_id), VersionNotFound(version_id))
