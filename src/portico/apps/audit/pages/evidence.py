"""The vault: what was received, by whom, with which hash, and what rests on it."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from portico.apps.audit.access import PageWriteAccess
from portico.apps.audit.evidence.reads import custody
from portico.apps.audit.evidence.service import LARGEST, EvidenceService, VersionNotFound
from portico.apps.audit.pages import reads
from portico.apps.audit.pages.engagements import found
from portico.apps.audit.permissions import ENGAGEMENT_ALLOWED, Action
from portico.apps.audit.site import ENGAGEMENTS, Chosen, ReadingDesk, WritingDesk, site
from portico.kernel.downloads import ANSWERS, download
from portico.kernel.errors import InvalidInput, existing
from portico.kernel.files import StoredFile
from portico.kernel.form_uploads import FormUpload, FormUploading
from portico.kernel.forms import FIELD, Done, Form, FromThisOrigin, require_token
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Writing
from portico.kernel.uploads import FilesOf

VERSIONS = "/pages/evidence-versions"
MOST_EVENTS = 100
LONGEST_TITLE = 200
STATES = [(name, name) for name in ("received", "sealed", "superseded")]
DONE = {
    "filed": "The document is filed.", "sealed": "It is sealed.",
    "intact": "The bytes are those that were received.", "changed": "The bytes are not those that were received.",
}  # fmt: skip

evidence_pages = page_router()

UploadForm = Annotated[FormUpload, Depends(FormUploading(file="file", fields=(FIELD, "title"), limit=LARGEST))]


NextForm = Annotated[FormUpload, Depends(FormUploading(file="file", fields=(FIELD,), limit=LARGEST))]


async def _vault(write: Writing, access: PageWriteAccess, now: Now, files: FilesOf) -> EvidenceService:
    return EvidenceService(write, access, now, files)


PageVault = Annotated[EvidenceService, Depends(_vault)]


async def taken(request: Request, form: FormUpload, vault: EvidenceService) -> tuple[StoredFile, dict[str, str]]:
    """The file of a form, kept for nobody yet, and the other fields. Raises `FormRefused`, `InvalidInput`."""
    [file] = await vault.take(form.files())
    fields = {name: values[0] for name, values in form.fields.items()}
    require_token(request, fields.get(FIELD, ""))
    return file, fields


async def uploaded(request: Request, form: FormUpload, vault: EvidenceService) -> tuple[StoredFile, str]:
    """As `taken`, and what the document is called."""
    file, fields = await taken(request, form, vault)
    title = fields.get("title", "").strip()
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise InvalidInput(details={"title": f"is a text of up to {LONGEST_TITLE} characters"})
    return file, title


@evidence_pages.get("/engagements/{engagement_id}/evidence", summary="The evidence of an engagement")
async def show_evidence(
    engagement_id: Id, desk: ReadingDesk, state: Chosen = "", cursor: Cursor = None, done: Done = ""
) -> Any:
    engagement = await found(desk, engagement_id)
    versions = await reads.evidence(desk.connection, engagement_id, state=state, cursor=cursor)
    return await desk.part(
        "evidence.html", "Evidence", engagement, versions=versions["items"], following=versions["next_cursor"],
        is_later=cursor is not None, state=state, states=STATES, done=DONE.get(done, ""),
    )  # fmt: skip


@evidence_pages.post(
    "/engagements/{engagement_id}/evidence", summary="File a document from the form", dependencies=[FromThisOrigin]
)
async def file_document(engagement_id: Id, request: Request, form: UploadForm, vault: PageVault) -> Any:
    file, title = await uploaded(request, form, vault)
    await vault.file_away(engagement_id, file, title=title)
    return site.go_to(request, f"{ENGAGEMENTS}/{engagement_id}/evidence", done="filed")


@evidence_pages.post(
    "/evidence-versions/{version_id}/next", summary="File the next version of a document",
    dependencies=[FromThisOrigin],
)  # fmt: skip
async def file_next(version_id: Id, request: Request, form: NextForm, vault: PageVault, desk: WritingDesk) -> Any:
    row = existing(await reads.version(desk.connection, desk.me, version_id), VersionNotFound(version_id))
    file, _ = await taken(request, form, vault)
    filed = await vault.file_away(row["engagement_id"], file, evidence_id=row["evidence_id"])
    return site.go_to(request, f"{VERSIONS}/{filed}", done="filed")


@evidence_pages.get("/evidence-versions/{version_id}", summary="A version of evidence, its custody and its use")
async def show_version(version_id: Id, desk: ReadingDesk, done: Done = "") -> Any:
    version = existing(await reads.version(desk.connection, desk.me, version_id), VersionNotFound(version_id))
    engagement = await found(desk, version["engagement_id"])
    events = await custody(desk.connection, version, limit=MOST_EVENTS, cursor=None)
    may = engagement["role"] in ENGAGEMENT_ALLOWED[Action.TAKE_EVIDENCE]
    return await desk.part(
        "version.html", "Evidence", engagement, version=version, custody=events["items"],
        may_seal=may and version["state"] == "received" and engagement["state"] != "archived",
        done=DONE.get(done, ""),
    )  # fmt: skip


@evidence_pages.post("/evidence-versions/{version_id}/seal", summary="Seal a version from its page")
async def seal(version_id: Id, request: Request, vault: PageVault, _: Form) -> Any:
    await vault.seal(version_id)
    return site.go_to(request, f"{VERSIONS}/{version_id}", done="sealed")


@evidence_pages.post("/evidence-versions/{version_id}/verify", summary="Compare the bytes of a version with its hash")
async def verify(version_id: Id, request: Request, vault: PageVault, _: Form) -> Any:
    finding = await vault.verify(version_id)
    return site.go_to(request, f"{VERSIONS}/{version_id}", done="intact" if finding.is_intact else "changed")


@evidence_pages.get(
    "/evidence-versions/{version_id}/content", response_class=Response, responses=ANSWERS,
    summary="Download a version, verified before the first byte",
)  # fmt: skip
async def get_content(version_id: Id, request: Request, vault: PageVault, files: FilesOf) -> Response:
    return download(request, files, await vault.open(version_id))
