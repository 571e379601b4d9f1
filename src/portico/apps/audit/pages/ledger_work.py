"""What is begun on the pages of ledgers: an import, another reading of the same file, and the tests."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request

from portico.apps.audit.evidence.service import LARGEST
from portico.apps.audit.exceptions.catalog import NAMES
from portico.apps.audit.exceptions.service import ExceptionService
from portico.apps.audit.ledgers.mapping import Mapping as Reading
from portico.apps.audit.ledgers.schemas import LedgerForm, LedgerIn
from portico.apps.audit.ledgers.service import LedgerNotFound, LedgerService
from portico.apps.audit.pages import ledger_reads
from portico.apps.audit.pages.evidence import PageVault, taken
from portico.apps.audit.pages.ledgers import COLUMN, TAB, ledger_page
from portico.apps.audit.site import WritingDesk, filled, site
from portico.kernel.errors import existing
from portico.kernel.form_uploads import FormUpload, FormUploading
from portico.kernel.forms import FIELD, Form, FromThisOrigin, checked, typed
from portico.kernel.inputs import Id
from portico.kernel.pages import page_router

ABOUT = ("name", "kind", "financial_year")

ledger_work_pages = page_router()
LedgerUpload = FormUploading(file="file", fields=(FIELD, *ABOUT), limit=LARGEST)


@ledger_work_pages.post(
    "/engagements/{engagement_id}/ledgers", summary="File a ledger as evidence and read it, from the form",
    dependencies=[FromThisOrigin],
)  # fmt: skip
async def import_ledger(
    engagement_id: Id, request: Request, form: Annotated[FormUpload, Depends(LedgerUpload)], vault: PageVault,
    desk: WritingDesk,
) -> Any:  # fmt: skip
    file, fields = await taken(request, form, vault)
    given = typed(LedgerForm, {"engagement": engagement_id, **_about(fields)})
    version_id = await vault.file_away(engagement_id, file, title=given.name)
    return await _begin(desk, version_id, given.name, given.kind, given.financial_year, given.mapping)


@ledger_work_pages.post("/ledgers/{ledger_id}/again", summary="Read the file of a ledger once more, otherwise")
async def read_again(ledger_id: Id, desk: WritingDesk, form: Form) -> Any:
    """The first reading stays on record; what comes of the second is another ledger, of the same bytes."""
    row = existing(await ledger_reads.ledger(desk.connection, desk.me, ledger_id), LedgerNotFound(ledger_id))
    reading, wrong = checked(Reading, {**_kept(row["mapping"]), **_reading(form)})
    given, errors = checked(LedgerIn, {"evidence_version_id": row["version_id"], **_about(form)})
    if reading is None or given is None:
        return await ledger_page(desk, ledger_id, status=422, values=form, errors={**wrong, **errors})
    return await _begin(desk, row["version_id"], given.name, given.kind, given.financial_year, reading)


@ledger_work_pages.post("/ledgers/{ledger_id}/tests", summary="Run tests of a ledger from its page")
async def run_tests(ledger_id: Id, desk: WritingDesk, form: Form) -> Any:
    chosen = [name for name in NAMES if name in form]
    if not chosen:
        return await ledger_page(desk, ledger_id, status=422, errors={"tests": "choose one of them, or more"})
    job_id = await ExceptionService(desk.write, desk.access, desk.now).queue(ledger_id, chosen, {})
    return _under_way(desk, ledger_id, job_id)


async def _begin(desk: WritingDesk, version_id: int, name: str, kind: str, year: str, mapping: Reading) -> Any:
    service = LedgerService(desk.write, desk.access, desk.now)
    begun = await service.queue(version_id, name=name, kind=kind, financial_year=year, mapping=mapping)
    return _under_way(desk, *begun)


def _about(form: Mapping[str, str]) -> dict[str, str]:
    return filled(form, ABOUT)


def _kept(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """What the form does not ask: the totals that the client has given beside the file still hold."""
    return {name: value for name, value in mapping.items() if name == "declared"}


def _reading(form: Mapping[str, str]) -> dict[str, Any]:
    """How the file is to be read: what was left empty is taken from the file itself."""
    said = filled(form, form.keys() - ABOUT)
    columns = {name.removeprefix(COLUMN): value for name, value in said.items() if name.startswith(COLUMN)}
    if said.get("delimiter") == TAB:
        said["delimiter"] = "\t"
    return {**{name: value for name, value in said.items() if not name.startswith(COLUMN)}, "columns": columns}


def _under_way(desk: WritingDesk, ledger_id: int, job_id: int) -> Any:
    return site.go_to(desk.request, f"/pages/ledgers/{ledger_id}", job=str(job_id))
