"""What goes in and out of the document routes."""

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from portico.apps.audit.fields import FinancialYear
from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

Status = Literal["queued", "running", "done", "failed"]
LedgerName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


def _names(value: Any) -> Any:
    """Clients send a field for each name, or one field: with a JSON array, or with commas between."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return orjson.loads(value)
        except ValueError:
            raise ValueError("is no JSON array of names") from None
    return value.split(",") if value.strip() else []


class DocumentForm(Body):
    """The fields beside the files."""

    ledger_names: Annotated[
        list[LedgerName],
        BeforeValidator(_names),
        Field(
            default_factory=list,
            description="One name for all files, or one for each, in their order; none: they are no ledgers.",
        ),
    ]
    financial_year: FinancialYear = ""
    engagement: Annotated[
        Reference | None, Field(description="Without it the only open engagement that you are in.")
    ] = None


class DocumentQueuedOut(BaseModel):
    job_id: int
    filename: str
    status: Status
    queued: bool


class UploadedOut(BaseModel):
    message: str
    jobs: list[DocumentQueuedOut]


class DocumentJobOut(BaseModel):
    job_id: int
    filename: str
    status: Status
    reason: str = Field(description="Why nothing could be extracted. The file is kept as evidence all the same.")
    result: dict[str, Any] = Field(description="What was found: pages, tables, rows, pieces of text; and notes.")
    ledger_name: str
    ledger_id: int | None = Field(description="The ledger that it is imported as: one that has a ledger's name.")
    financial_year: str
    engagement_id: int
    evidence_id: int
    evidence_version_id: int
    sha256: str
    created_at: datetime
    finished_at: datetime | None


class DocumentJobPage(Listed):
    items: list[DocumentJobOut]


class LedgerNameOut(BaseModel):
    name: str
    financial_year: str
    engagement_id: int
    documents: int


class FinancialYearOut(BaseModel):
    financial_year: str
    documents: int
