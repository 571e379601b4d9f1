"""What goes in and out of the routes of cut plans. Lengths are in millimetres."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator

from portico.apps.factory.cut_plans.problem import MOST_PARTS
from portico.kernel.inputs import Body, NoBoolean, Reference
from portico.kernel.listing import Listed

LONGEST_BAR = 30_000
BarLength = Annotated[Decimal, Field(gt=0, le=LONGEST_BAR, decimal_places=2), NoBoolean]
Allowance = Annotated[Decimal, Field(ge=0, le=1000, decimal_places=2), NoBoolean]
Remnant = Annotated[Decimal, Field(ge=0, le=LONGEST_BAR, decimal_places=2), NoBoolean]
Quantity = Annotated[int, Field(ge=1, le=MOST_PARTS), NoBoolean]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class StockIn(Body):
    length: BarLength
    qty: Quantity | None = Field(None, description="Absent: as many as are needed. Remnants have a quantity.")


class PartIn(Body):
    """A piece of a project, by its id or barcode, or so many of a length."""

    piece_id: Reference | None = None
    barcode: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    length: BarLength | None = None
    qty: Quantity = 1
    label: Text = ""

    @model_validator(mode="after")
    def _is_one_thing(self) -> "PartIn":
        named = [self.piece_id, self.barcode, self.length]
        if sum(each is not None for each in named) != 1:
            raise ValueError("needs one of piece_id, barcode and length")
        if self.length is None and (self.qty != 1 or self.label):
            raise ValueError("qty and label go with a length: a piece is one, and has a barcode")
        return self


class CutPlanIn(Body):
    profile: Text = Field("", description="Absent: that of the pieces. Pieces of another profile are refused.")
    stock: Annotated[list[StockIn], Field(min_length=1, max_length=60)]
    kerf: Allowance = Field(Decimal(0), description="What one cut takes.")
    trim: Allowance = Field(Decimal(0), description="What is of no use at each end of a bar, its cut included.")
    min_remnant: Remnant = Field(Decimal(0), description="A rest of at least this is kept; a shorter one is waste.")
    pieces: Annotated[list[PartIn], Field(min_length=1, max_length=MOST_PARTS)]


class CutOut(BaseModel):
    piece_id: int | None = None
    barcode: str = ""
    label: str = ""
    length: float


class BarOut(BaseModel):
    position: int
    bar_id: str = Field(description="What the pieces that are cut from it carry, once the plan is accepted.")
    length: float
    cuts: list[CutOut]
    rest: float
    is_remnant: bool = Field(description="Whether the rest is kept.")


class StockOut(BaseModel):
    length: float
    qty: int | None


class CutPlanLine(BaseModel):
    id: int
    number: int
    state: Literal["draft", "accepted"]
    profile: str
    bars: int
    pieces: int
    material: float = Field(description="The lengths of all bars together.")
    yield_percent: float = Field(description="The pieces' part of it.")
    gap_percent: float = Field(description="How much less another plan could take at the most.")
    user_name: str
    created_at: datetime
    accepted_at: datetime | None
    accepted_by: str


class CutPlanPage(Listed):
    items: list[CutPlanLine]


class CutPlanOut(CutPlanLine):
    kerf: float
    trim: float
    min_remnant: float
    stock: list[StockOut]
    cut_length: float = Field(description="The lengths of all pieces together.")
    remnants: float = Field(description="The rests that are kept, together.")
    waste: float = Field(description="What is neither piece nor kept: kerfs, trims and short rests.")
    bound: float = Field(description="No plan takes less material than this.")
    plan: list[BarOut] = Field(description="Bar by bar, with what is cut from each.")
