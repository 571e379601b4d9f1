"""What goes in and out of the routes of checks, tests and exceptions."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from portico.apps.audit.engagements.parameters import Parameters
from portico.apps.audit.exceptions.benford import Digits, Side
from portico.apps.audit.fields import PersonOut, Sum
from portico.kernel.inputs import Body
from portico.kernel.listing import Listed

Decision = Literal["open", "cleared", "followed_up"]
TestName = Literal[
    "backdated", "weekend_or_holiday", "round_amount", "just_under_limit", "rare_account", "unusual_pair",
    "no_description", "poster_is_approver", "unbalanced", "reversal", "duplicate", "gap", "benford",
]  # fmt: skip
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class TestsIn(Body):
    tests: Annotated[list[TestName], Field(max_length=13, description="All of them, where it is empty.")] = Field(
        default_factory=list
    )
    parameters: Annotated[Parameters, Field(description="In place of the engagement's, this time.")] = Field(
        default_factory=Parameters
    )


class JobQueuedOut(BaseModel):
    job_id: int


class CheckOut(BaseModel):
    check: str
    rule: str
    applies: bool = Field(description="False where this kind of ledger has nothing to compare.")
    holds: bool | None = Field(description="Null: it does not apply, or was not made.")
    tested: int = Field(description="Of how many totals, entries, journals, balances or accounts it was asked.")
    found: int
    open: int
    run_id: int | None


class ChecksOut(BaseModel):
    ledger_id: int
    holds: bool | None = Field(description="Whether all that apply hold; null until the ledger is imported.")
    checks: list[CheckOut]


class RunOut(BaseModel):
    id: int
    engagement_id: int
    ledger_id: int
    test: str
    rule: str = Field(description="The rule in words, with what it compared with.")
    parameters: dict[str, Any]
    result: dict[str, Any]
    tested: int
    found: int
    open: int = Field(description="How many of those found nobody has decided about.")
    at: datetime
    by: PersonOut


class RunPage(Listed):
    items: list[RunOut]


class ExceptionIn(Body):
    decision: Literal["cleared", "followed_up"]
    reason: Reason


class ExceptionOut(BaseModel):
    id: int
    engagement_id: int
    run_id: int
    ledger_id: int
    test: str
    entry: int | None = Field(description="Its position in the ledger; null: it is about the ledger as a whole.")
    journal: str | None
    number: str | None
    posted_on: date | None
    description: str | None
    line: int | None
    account: str | None
    amount: Sum | None
    why: str
    details: dict[str, Any]
    decision: Decision
    decision_reason: str
    decided_by: PersonOut | None
    decided_at: datetime | None
    created_at: datetime


class ExceptionPage(Listed):
    items: list[ExceptionOut]


class DigitOut(BaseModel):
    digits: int
    observed: int
    expected: float
    share: float
    expected_share: float
    z: float = Field(description="How many standard deviations its share is off.")
    stands_out: bool


class BenfordOut(BaseModel):
    ledger_id: int
    digits: Digits
    side: Side
    amounts: int
    chi_squared: float
    degrees: int
    p_value: float
    mean_absolute_deviation: float
    conformity: Literal["close", "acceptable", "marginally acceptable", "nonconforming"]
    is_few: bool = Field(description="Too few amounts to judge the mean absolute deviation by its usual ranges.")
    counts: list[DigitOut]
