"""What goes in and out of the recall routes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from portico.kernel.inputs import Body
from portico.kernel.listing import Listed

LotName = Annotated[str | None, Field(max_length=100, description="The code of a lot, or its id.")]
SupplierLot = Annotated[str | None, Field(max_length=200, description="What the supplier calls it.")]


class RecallIn(Body):
    """Either a lot or a supplier's number: every lot that has it."""

    lot: LotName = None
    supplier_lot: SupplierLot = None
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class UnitOut(BaseModel):
    depth: int = Field(description="How many steps from the recalled lot, which is 0.")
    lot_id: int
    code: str
    state: str
    material: str | None
    article: str | None
    unit: str
    on_hand: float
    locations: str = Field(description="Where the rest of it lies.")
    shipments: str
    customers: str


class AffectedShipmentOut(BaseModel):
    id: int
    code: str
    customer: str
    shipped_at: datetime
    units: int = Field(description="How many of the units are in it.")


class AffectedPage(BaseModel):
    total: int = Field(description="How many units, on all pages.")
    states: dict[str, int] = Field(description="How many of them in which state.")
    shipped: int = Field(description="Those of which something has left.")
    shipments: list[AffectedShipmentOut]
    items: list[UnitOut]
    next_cursor: str | None = Field(description="For `cursor`; null on the last page.")


class RecallOut(BaseModel):
    id: int
    number: int
    lot_id: int | None
    lot: str | None
    supplier_lot: str
    reason: str
    units: int
    blocked: int = Field(description="Those that were on hand and are blocked.")
    shipped: int = Field(description="Those of which something had left.")
    at: datetime
    user_id: int
    user_name: str


class RecallPage(Listed):
    items: list[RecallOut]


class FrozenUnitOut(BaseModel):
    """A unit as it was when the recall was made."""

    lot_id: int
    depth: int
    code: str
    state: str
    state_before: str
    on_hand: float
    locations: str
    shipments: str
    customers: str


class FrozenUnitPage(BaseModel):
    total: int
    items: list[FrozenUnitOut]
    next_cursor: str | None
