"""What goes in and out of the lot routes."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from portico.apps.factory.quantities import Difference, Quantity
from portico.kernel.inputs import Body, Flag, Name, Reference
from portico.kernel.listing import Listed

State = Literal["quarantine", "released", "blocked", "rejected", "consumed", "expired", "shipped"]
Label = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]
Remark = Annotated[str, Field(max_length=2000)]
SupplierLot = Annotated[str, Field(max_length=200, description="The supplier's own number of it.")]
LastDay = Annotated[date | None, Field(description="The last day on which it may be used, in the company's time zone.")]


class LotIn(Body):
    code: Name
    material_id: Reference
    quantity: Quantity
    location_id: Reference
    supplier: Label = ""
    supplier_lot: SupplierLot = ""
    expires_on: LastDay = None
    released: Annotated[Flag, Field(description="It may be used at once, and does not wait in quarantine.")] = False


class LotPatch(Body):
    """Some of a lot, for PUT. What is absent stays as it is."""

    supplier: Label = ""
    supplier_lot: SupplierLot = ""
    expires_on: LastDay = None


class ReceiptIn(Body):
    """More of the same delivery."""

    quantity: Quantity
    location_id: Reference
    reason: Remark = ""


class RemarkIn(Body):
    reason: Remark = ""


class ReasonIn(Body):
    reason: Reason


class UnblockIn(Body):
    reason: Reason
    block_id: Annotated[Reference | None, Field(description="Which of its own blocks, where there are several.")] = None


class SplitIn(Body):
    """A part of what lies in a place becomes a lot of its own there."""

    code: Name
    quantity: Quantity
    location_id: Reference


class MergeIn(Body):
    """All that is on hand of this lot and of these becomes one new lot."""

    code: Name
    lot_ids: Annotated[list[Reference], Field(min_length=1, max_length=100)]
    location_id: Annotated[Reference, Field(description="Where the new lot lies.")]


class MoveIn(Body):
    from_location_id: Reference
    to_location_id: Reference
    quantity: Quantity


class AdjustmentIn(Body):
    location_id: Reference
    quantity: Annotated[Difference, Field(description="What was counted, less what should be there.")]
    reason: Reason


class PlaceOut(BaseModel):
    location_id: int
    location: str
    on_hand: float


class BlockOut(BaseModel):
    """A block that is open: on the lot itself, or on one that it was made of."""

    id: int
    lot_id: int
    lot: str
    reason: str
    recall_id: int | None
    at: datetime
    user_name: str


class LotOut(BaseModel):
    id: int
    code: str
    state: State
    is_expired: bool
    material_id: int | None
    material: str | None
    article_id: int | None
    article: str | None
    unit: str
    on_hand: float
    work_order_id: int | None
    supplier: str
    supplier_lot: str
    expires_on: date | None
    created_at: datetime


class LotDetailOut(LotOut):
    stock: list[PlaceOut]
    blocks: list[BlockOut] = Field(description="What holds it, where it is blocked.")


class LotPage(Listed):
    items: list[LotOut]


class PossibilityOut(BaseModel):
    action: str
    target: str
    allowed: bool
    reasons: list[str]
