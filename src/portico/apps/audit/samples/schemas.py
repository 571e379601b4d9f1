"""What goes in and out of the sample routes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from portico.apps.audit.fields import AS_NUMBER, Money, Sum
from portico.apps.audit.populations.schemas import ItemOut
from portico.kernel.inputs import Body, Flag, NoBoolean, Reference
from portico.kernel.listing import Listed

Method = Literal["attribute", "monetary_unit"]
Distribution = Literal["binomial", "hypergeometric"]
State = Literal["planned", "selected", "evaluated"]
SampleName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Seed = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,100}$")]
Risk = Annotated[
    Decimal, Field(ge=Decimal("0.001"), le=Decimal("0.5"), decimal_places=4, allow_inf_nan=False), NoBoolean, AS_NUMBER
]
Confidence = Annotated[
    Decimal, Field(ge=Decimal("0.5"), le=Decimal("0.999"), decimal_places=4, allow_inf_nan=False), NoBoolean, AS_NUMBER
]
Measure = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=4, allow_inf_nan=False), NoBoolean, AS_NUMBER]
Value = Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=2, allow_inf_nan=False), NoBoolean, AS_NUMBER]


class AimIn(Body):
    """What a sample is planned for."""

    method: Method
    risk: Risk | None = Field(None, description="Of relying on it wrongly: this or the confidence, 1 less the risk.")
    confidence: Confidence | None = None
    tolerable: Measure = Field(description="A rate such as 0.05 for attributes, an amount for monetary units.")
    expected: Measure = Field(Decimal(0), description="In the same unit.")

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if (self.risk is None) == (self.confidence is None):
            raise ValueError("give either risk or confidence")
        if self.method == "monetary_unit" and any(each % Decimal("0.01") for each in (self.tolerable, self.expected)):
            raise ValueError("amounts of money have two decimals")
        return self

    def aim(self) -> dict[str, Any]:
        risk = self.risk if self.risk is not None else 1 - (self.confidence or 0)
        return {"method": self.method, "risk": risk, "tolerable": self.tolerable, "expected": self.expected}


class PlanIn(AimIn):
    population_value: Value | None = Field(None, description="Monetary units: the recorded value.")
    population_size: Annotated[int, Field(ge=1, le=2**31 - 1), NoBoolean] | None = Field(
        None, description="Attributes: with it the size is that of a finite population."
    )

    def aim(self) -> dict[str, Any]:
        distribution = "binomial" if self.population_size is None else "hypergeometric"
        sizes = {"population_value": self.population_value, "population_size": self.population_size}
        return {**super().aim(), **sizes, "distribution": distribution}


class SampleIn(AimIn):
    name: SampleName
    population_id: Reference = Field(description="One that is frozen.")
    procedure_id: Reference | None = None
    distribution: Distribution = Field("binomial", description="Of attributes: binomial also for large populations.")


class SelectIn(Body):
    seed: Seed | None = Field(None, description="Printable characters; where it is absent the server takes one.")


class ResultIn(Body):
    position: Annotated[int, Field(ge=1, le=2**31 - 1), NoBoolean]
    is_deviation: Flag | None = Field(None, description="Attributes.")
    audited_amount: Money | None = Field(None, description="Monetary units: what would be right, signed.")
    note: Annotated[str, Field(max_length=2000)] = ""


class ResultsIn(Body):
    results: Annotated[list[ResultIn], Field(min_length=1, max_length=2500)]


class InputsOut(BaseModel):
    risk: float
    tolerable: float
    expected: float
    population_size: int | None = None
    population_value: float | None = None


class PlanOut(BaseModel):
    method: Method
    size: int
    distribution: Literal["binomial", "hypergeometric", "poisson"]
    formula: str
    inputs: InputsOut
    expected_deviations: int | None = Field(None, description="Attributes: as many may be found.")
    interval: float | None = Field(None, description="Monetary units.")
    confidence_factor: float | None = None


class BoundOut(BaseModel):
    known: float = Field(description="In the items of an interval or more, which were all examined.")
    projected: float = Field(description="The taints of the other items times the interval.")
    basic: float = Field(description="The basic precision.")
    allowance: float = Field(description="What the taints add for the risk, beside the basic precision.")
    upper: float


class EvaluationOut(BaseModel):
    """What the sample says beside what is tolerable. It compares; the conclusion is the auditor's."""

    distribution: str
    formula: str
    items: int
    upper_limit: float
    risk: float
    tolerable: float
    is_within_tolerable: bool
    comparison: str
    deviations: int | None = None
    rate: float | None = None
    allowance: float | None = None
    interval: float | None = None
    examined_for_certain: int | None = None
    misstated: int | None = None
    overstatement: BoundOut | None = None
    understatement: BoundOut | None = None


class SampleOut(BaseModel):
    id: int
    engagement_id: int
    number: int
    name: str
    population_id: int
    population_hash: str
    procedure_id: int | None
    method: Method
    size: int
    plan: PlanOut
    seed: str
    state: State
    items: int = Field(description="How many were drawn.")
    examined: int = Field(description="How many of them have a result.")
    evaluation: EvaluationOut | None
    selected_at: datetime | None
    evaluated_at: datetime | None
    created_at: datetime


class SamplePage(Listed):
    items: list[SampleOut]


class SampleItemOut(ItemOut):
    """A line that was drawn. `position` is its place in the sample."""

    item: int = Field(description="Its position in the population.")
    hits: int = Field(description="How many monetary units chose it.")
    is_deviation: bool | None
    audited_amount: Sum | None
    note: str


class RepeatOut(BaseModel):
    items: int = Field(description="How many the seed gives.")
    population_agrees: bool = Field(description="Whether the population is still what its hash says.")
    items_agree: bool = Field(description="Whether the same items are drawn as are stored.")


class SampleItemPage(Listed):
    items: list[SampleItemOut]
