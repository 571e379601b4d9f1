"""What goes in and out of the report routes. Things are named by the codes that stand on their labels."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, model_validator

from portico.apps.factory.fields import Code
from portico.apps.factory.quantities import LARGEST, Quantity
from portico.kernel.inputs import Body, Name, NoBoolean
from portico.kernel.listing import Listed

MOST = 1_000_000
NONE: Any = Field(default_factory=list)
NOTHING = Decimal(0)

Count = Annotated[int, Field(ge=0, le=MOST), NoBoolean]
Part = Annotated[Decimal, Field(ge=0, le=LARGEST, decimal_places=3), NoBoolean]


class ScrapIn(Body):
    """With a piece, that one is scrapped, and what lies there of its lot."""

    reason: Annotated[Name, Field(description="The code of a scrap reason.")]
    qty: Annotated[int, Field(ge=1, le=MOST), NoBoolean] = 1
    piece: Annotated[Name | None, Field(description="The barcode of a piece of this order.")] = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.piece is not None and self.qty != 1:
            raise ValueError("a piece is one")
        return self


class ConsumedIn(Body):
    """`qty` was issued. What is not said to be scrap, returned or lost is in the product."""

    lot: Annotated[Name, Field(description="The code of a lot that lies at the workstation's location.")]
    qty: Quantity
    scrap: Part = NOTHING
    returned: Part = NOTHING
    lost: Part = NOTHING

    @model_validator(mode="after")
    def _balances(self) -> Self:
        if self.scrap + self.returned + self.lost > self.qty:
            raise ValueError("more was scrapped, returned and lost than was issued")
        return self


class ProducedIn(Body):
    """A piece, whose lot has its barcode for a code; or a lot by its own code, or by one that is made for it.

    A lot that this order has made before gets `qty` more, and with 0 nothing but what was consumed for it.
    """

    piece: Annotated[Name | None, Field(description="The barcode of a piece of this order.")] = None
    code: Annotated[Code | None, Field(description="Null: the order's code and a number.")] = None
    qty: Part = Decimal(1)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if self.piece is not None and (self.code is not None or self.qty != 1):
            raise ValueError("a piece is one, and its code is its barcode")
        return self


class ReportIn(Body):
    good: Count = 0
    scrap: Annotated[list[ScrapIn], Field(max_length=50)] = NONE
    rework: Annotated[Count, Field(description="Put aside to be reworked.")] = 0
    reworked: Annotated[Count, Field(description="Of what was put aside, so many are among good and scrap.")] = 0
    consumed: Annotated[list[ConsumedIn], Field(max_length=100)] = NONE
    produced: Annotated[list[ProducedIn], Field(max_length=200)] = NONE
    over_reason: Annotated[
        str, Field(max_length=500, description="Why it is more than was available: for supervisors.")
    ] = ""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.good or self.scrap or self.rework or self.consumed):
            raise ValueError("nothing was made, scrapped, put aside or consumed")
        return self


class ReversalIn(Body):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class ScrapOut(BaseModel):
    reason: str
    quantity: int


class ConsumedOut(BaseModel):
    lot_id: int
    lot: str
    issued: float
    in_product: float
    scrapped: float
    returned: float
    lost: float


class ProducedOut(BaseModel):
    lot_id: int
    lot: str
    quantity: float


class ReportLine(BaseModel):
    id: int
    operation_id: int
    operation: str
    work_order_id: int
    work_order: str
    workstation_id: int
    good: int
    scrap: int
    rework: int
    reworked: int
    over_reason: str
    reverses_id: int | None = Field(description="The report that this one takes back: its numbers are below 0.")
    reason: str
    at: datetime
    user_id: int
    user_name: str


class ReportOut(ReportLine):
    """As it was booked: it never changes."""

    scrapped: list[ScrapOut]
    consumed: list[ConsumedOut]
    produced: list[ProducedOut]


class ReportPage(Listed):
    items: list[ReportLine]
