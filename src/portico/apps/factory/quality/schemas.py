"""What goes in and out of the routes of quality."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator

from portico.kernel.inputs import Body, Name, NoBoolean, Reference
from portico.kernel.listing import Listed

Result = Literal["pass", "fail"]
State = Literal["open", "contained", "dispositioned", "closed"]
Disposition = Literal["use_as_is", "rework", "scrap", "return_to_supplier"]
Number = Annotated[Decimal, Field(max_digits=15, decimal_places=6, allow_inf_nan=False), NoBoolean]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Text = Annotated[str, Field(max_length=10_000)]
SUBJECTS = ("lot_id", "piece_id", "operation_id")


class MeasurementIn(Body):
    """A value, and the limits between which it is good."""

    name: Name
    value: Number
    unit: Unit = ""
    low: Number | None = None
    high: Number | None = None

    @model_validator(mode="after")
    def _limits(self) -> "MeasurementIn":
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low must not be above high")
        return self

    @property
    def is_good(self) -> bool:
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)


class FoundIn(Body):
    """The nonconformance that a failed inspection opens: of its own lot or piece, where none is named."""

    title: Title
    description: Text = ""
    lot_id: Reference | None = None
    piece_id: Reference | None = None


class InspectionIn(Body):
    lot_id: Reference | None = Field(None, description="Of a lot, a piece or an operation.")
    piece_id: Reference | None = None
    operation_id: Reference | None = None
    name: Name = Field(description="What was looked at.")
    result: Result | None = Field(None, description="Absent: as the measurements say.")
    measurements: list[MeasurementIn] = Field(default_factory=list, max_length=100)
    note: Text = ""
    nonconformance: FoundIn | None = Field(None, description="Opened with it, where it fails.")

    @model_validator(mode="after")
    def _decided(self) -> "InspectionIn":
        if sum(getattr(self, name) is not None for name in SUBJECTS) != 1:
            raise ValueError("name what was inspected once: lot_id, piece_id or operation_id")
        bad = [each.name for each in self.measurements if not each.is_good]
        if self.result is None and not self.measurements:
            raise ValueError("say the result, or what was measured")
        if self.result == "pass" and bad:
            raise ValueError(f"it cannot pass: {', '.join(bad)} beyond the limits")
        self.result = self.result or ("fail" if bad else "pass")
        if self.nonconformance is not None and self.result == "pass":
            raise ValueError("what has passed opens no nonconformance")
        return self


class NonconformanceIn(FoundIn):
    inspection_id: Reference | None = Field(None, description="The one that found it.")


class DispositionIn(Body):
    disposition: Disposition
    reason: Reason


class ReasonIn(Body):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class MeasurementOut(BaseModel):
    name: str
    value: float
    unit: str
    low: float | None
    high: float | None
    is_good: bool


class InspectionOut(BaseModel):
    id: int
    lot_id: int | None
    lot: str | None
    piece_id: int | None
    piece: str | None
    operation_id: int | None
    operation: str | None
    name: str
    result: Result
    measurements: list[MeasurementOut]
    note: str
    nonconformance_ids: list[int] = Field(description="Opened because of it.")
    at: datetime
    user_id: int
    user_name: str


class InspectionPage(Listed):
    items: list[InspectionOut]


class NonconformanceOut(BaseModel):
    id: int
    number: int = Field(description="Counts in the company.")
    title: str
    description: str
    state: State
    lot_id: int | None
    lot: str | None
    lot_state: str | None
    piece_id: int | None
    piece: str | None
    piece_state: str | None
    replacement_id: int | None = Field(description="The piece that is made in place of one that was scrapped.")
    inspection_id: int | None
    disposition: Disposition | None
    decision_reason: str
    decided_by: str
    decided_at: datetime | None
    at: datetime
    user_id: int
    user_name: str


class NonconformancePage(Listed):
    items: list[NonconformanceOut]


class ActionOut(BaseModel):
    action: str
    target: str
    allowed: bool
    reasons: list[str]


def stored(body: InspectionIn) -> list[dict[str, Any]]:
    """The measurements as they are kept: as numbers, each with whether it is within its limits."""
    return [
        {
            "name": each.name, "value": float(each.value), "unit": each.unit,
            "low": None if each.low is None else float(each.low),
            "high": None if each.high is None else float(each.high), "is_good": each.is_good,
        }
        for each in body.measurements
    ]  # fmt: skip
