"""What goes in and out of the population routes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from portico.apps.audit.fields import AS_NUMBER, PersonOut, Sum
from portico.kernel.inputs import Body, NoBoolean, Reference
from portico.kernel.listing import Listed

State = Literal["draft", "frozen"]
PopulationName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Size = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2, allow_inf_nan=False), NoBoolean, AS_NUMBER]


class Filter(Body):
    """Which lines. What is absent lets every line pass."""

    accounts: Annotated[list[Code], Field(min_length=1, max_length=1000)] | None = None
    account_prefix: Code | None = None
    journal: Code | None = None
    period_from: date | None = Field(None, description="The first day on which an entry is posted.")
    period_to: date | None = Field(None, description="The last one.")
    amount_min: Size | None = Field(None, description="Of the amount without its sign.")
    amount_max: Size | None = None
    side: Literal["debit", "credit"] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.period_from and self.period_to and self.period_from > self.period_to:
            raise ValueError("period_from must not be after period_to")
        if self.amount_min is not None and self.amount_max is not None and self.amount_min > self.amount_max:
            raise ValueError("amount_min must not be above amount_max")
        return self

    def stored(self) -> dict[str, Any]:
        """Dates and amounts as text, and nothing that it does not name."""
        return self.model_dump(mode="json", exclude_none=True)


class PopulationIn(Body):
    source: Annotated[Reference, Field(description="The id of a ledger that is imported.")]
    name: PopulationName
    filter: Filter = Filter()


class PopulationPatch(Body):
    """Some of a draft. What is absent stays as it is."""

    name: PopulationName = ""
    filter: Filter = Filter()


class SourceOut(BaseModel):
    """The ledger that the lines are from."""

    id: int
    name: str
    kind: str
    currency: str
    evidence_sha256: str = Field(description="Of the file that it was imported from.")


class PopulationLine(BaseModel):
    id: int
    engagement_id: int
    number: int
    name: str
    source: SourceOut
    filter: Filter
    state: State
    count: int = Field(description="How many lines.")
    value: Sum = Field(description="The sum of their amounts without the signs.")
    hash: str | None = Field(description="SHA-256 of what `/canonical` answers, once it is frozen.")
    frozen_by: PersonOut | None
    frozen_at: datetime | None
    created_at: datetime


class PopulationPage(Listed):
    items: list[PopulationLine]


class ItemOut(BaseModel):
    position: int
    line: int = Field(description="Its position in the ledger.")
    journal: str
    entry: str = Field(description="The number of the journal entry.")
    posted_on: date | None
    account: str
    amount: Sum = Field(description="Debit positive, credit negative.")
    description: str
    reference: str
    party: str


class ItemPage(Listed):
    items: list[ItemOut]


class PopulationOut(PopulationLine):
    preview: list[ItemOut] = Field(description="The first lines, in the order of the ledger.")
