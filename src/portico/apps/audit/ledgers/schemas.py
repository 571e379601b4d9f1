"""What goes in and out of the ledger routes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, WithJsonSchema

from portico.apps.audit.fields import FinancialYear, PersonOut, Sum
from portico.apps.audit.ledgers.mapping import Mapping
from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

Kind = Literal["general", "bank", "tax_credit", "receivable", "payable"]
LedgerName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


def _from_json(value: Any) -> Any:
    """A form can send a mapping as text only."""
    if isinstance(value, str):
        try:
            return orjson.loads(value) if value.strip() else {}
        except ValueError:
            raise ValueError("must be JSON") from None
    return value


FormMapping = Annotated[
    Mapping, BeforeValidator(_from_json), WithJsonSchema({"type": "string", "contentMediaType": "application/json"}),
    Field(default_factory=Mapping, description="For CSV and sheets: which column is what. JSON."),
]  # fmt: skip


class LedgerForm(Body):
    """The fields beside the file."""

    engagement: Reference
    name: Annotated[LedgerName, Field(description="Without one the file's name.")] = ""
    kind: Kind = "general"
    financial_year: FinancialYear = ""
    procedure: Annotated[Reference | None, Field(description="The procedure that the evidence is for.")] = None
    mapping: FormMapping


class LedgerIn(Body):
    """A ledger of a file that is evidence already."""

    evidence_version_id: Reference
    name: Annotated[LedgerName, Field(description="Without one the file's name.")] = ""
    kind: Kind = "general"
    financial_year: FinancialYear = ""
    mapping: Mapping = Field(default_factory=Mapping)


class LedgerQueuedOut(BaseModel):
    ledger_id: int
    job_id: int


class TotalsOut(BaseModel):
    entries: int | None = None
    debit: Sum | None = None
    credit: Sum | None = None


class ComputedOut(TotalsOut):
    accounts: int | None = None
    lines: int | None = None


class LedgerOut(BaseModel):
    id: int
    engagement_id: int
    evidence_version_id: int
    name: str
    kind: Kind
    format: str = Field(description="saft, csv, xlsx or xls; what the name says until the file has been read.")
    financial_year: str
    currency: str
    state: Literal["importing", "imported", "failed"]
    reason: str = Field(description="Why the import has failed, with the line of the file where that is known.")
    declared: TotalsOut = Field(description="What the file says of itself.")
    computed: ComputedOut = Field(description="What was read of it.")
    imported_by: PersonOut
    created_at: datetime
    imported_at: datetime | None


class LedgerPage(Listed):
    items: list[LedgerOut]


class LedgerAccountOut(BaseModel):
    code: str
    name: str
    opening: Sum | None = Field(description="Debit positive; null where the file does not state it.")
    debit: Sum
    credit: Sum
    computed: Annotated[Sum | None, Field(description="Opening and movements.")]
    closing: Sum | None
    lines: int


class AccountPage(BaseModel):
    items: list[LedgerAccountOut]
    next_cursor: str | None


class LineOut(BaseModel):
    position: int
    account: str
    account_name: str
    amount: Annotated[Sum, Field(description="Debit positive, credit negative.")]
    description: str
    reference: str
    party: str


class EntryOut(BaseModel):
    position: int = Field(description="Counts in the file, from 1.")
    journal: str
    number: str
    period: str
    posted_on: date | None
    document_date: date | None
    entered_on: date | None
    poster: str
    approver: str
    description: str
    debit: Sum
    balance: Sum = Field(description="Debit less credit: zero, unless it is unbalanced.")
    lines: list[LineOut]


class EntryPage(BaseModel):
    items: list[EntryOut]
    next_cursor: str | None
