"""What goes in and out of the reconciliation routes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from portico.apps.audit.fields import AS_NUMBER, PersonOut, Sum
from portico.kernel.inputs import Body, Flag, NoBoolean, Reference
from portico.kernel.listing import Listed

Kind = Literal["bank", "tax_credit"]
Rule = Literal["exact", "one_to_many", "tolerance"]
Side = Literal["left", "right"]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Accounts = Annotated[list[Code], Field(min_length=1, max_length=100)]
Tolerance = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2, allow_inf_nan=False), NoBoolean, AS_NUMBER]
Days = Annotated[int, Field(ge=0, le=31), NoBoolean]


class ReconciliationIn(Body):
    engagement_id: Reference
    kind: Kind
    left_ledger_id: Reference = Field(description="The statement from outside.")
    right_ledger_id: Reference = Field(description="The client's own ledger.")
    left_accounts: Accounts | None = Field(None, description="Only lines on these accounts.")
    right_accounts: Accounts | None = None
    opposite_signs: Flag = Field(False, description="The statement has as debit what the ledger has as credit.")
    compare_references: Flag = Field(
        True, description="False where each side has references of its own: they then speak against no match."
    )
    tolerance: Tolerance = Field(Decimal(0), description="How far apart two amounts may be, in the last pass.")
    days: Days = Field(5, description="How far apart the days of lines that match may be.")

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.left_ledger_id == self.right_ledger_id and self.left_accounts == self.right_accounts:
            raise ValueError("the two sides must not be the same lines")
        return self

    def parts(self) -> dict[str, Any]:
        """What is compared, and how, by sides."""
        return {
            "ledgers": {"left": self.left_ledger_id, "right": self.right_ledger_id},
            "accounts": {"left": self.left_accounts, "right": self.right_accounts},
            **self.model_dump(include={"kind", "opposite_signs", "compare_references", "tolerance", "days"}),
        }


class ParametersOut(BaseModel):
    left_accounts: list[str] | None
    right_accounts: list[str] | None
    opposite_signs: bool
    compare_references: bool
    tolerance: float
    days: int


class SideOut(BaseModel):
    """Amounts as they were compared: where the signs are opposite, those of the right are turned."""

    lines: int
    total: float
    matched_lines: int
    matched_total: float
    unmatched_lines: int
    unmatched_total: float


class MatchCounts(BaseModel):
    exact: int
    one_to_many: int
    tolerance: int


class ReconciliationSummaryOut(BaseModel):
    left: SideOut
    right: SideOut
    matches: MatchCounts
    difference: float = Field(description="The left total less the right one.")
    within_tolerance: float = Field(
        description="The part of the difference in matches; what is unmatched makes up the rest."
    )
    all_sums_tried: bool = Field(description="False where the search for sums ended at its limit.")


class ReconciledLedgerOut(BaseModel):
    id: int
    name: str
    kind: str
    currency: str


class ReconciliationOut(BaseModel):
    id: int
    engagement_id: int
    kind: Kind
    left: ReconciledLedgerOut
    right: ReconciledLedgerOut
    parameters: ParametersOut
    summary: ReconciliationSummaryOut
    made_by: PersonOut
    made_at: datetime


class ReconciliationPage(Listed):
    items: list[ReconciliationOut]


class ReconciledLineOut(BaseModel):
    line: int = Field(description="Its position in the ledger.")
    entry: str
    posted_on: date | None
    account: str
    amount: Sum
    description: str
    reference: str


class MatchOut(BaseModel):
    position: int
    rule: Rule
    why: str
    left: list[ReconciledLineOut]
    right: list[ReconciledLineOut]
    difference: Sum


class MatchPage(Listed):
    items: list[MatchOut]


class UnmatchedOut(ReconciledLineOut):
    position: int
    party: str
    journal: str


class UnmatchedPage(Listed):
    items: list[UnmatchedOut]
