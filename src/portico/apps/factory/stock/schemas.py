"""What goes in and out of the stock routes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from portico.kernel.inputs import Body
from portico.kernel.listing import Listed


class StockOut(BaseModel):
    lot_id: int
    lot: str
    state: str = Field(description="Of the lot, now.")
    material_id: int | None
    material: str | None
    article_id: int | None
    article: str | None
    unit: str
    location_id: int
    location: str
    on_hand: float


class StockPage(BaseModel):
    at: datetime = Field(description="The moment that this is the stock of.")
    items: list[StockOut]
    next_cursor: str | None = Field(description="For `cursor`; null on the last page.")


class MovementOut(BaseModel):
    id: int
    at: datetime
    kind: str
    lot_id: int
    lot: str
    location_id: int
    location: str
    quantity: float = Field(description="Below 0: out of the place.")
    reason: str
    reverses_id: int | None
    reversed_by_id: int | None
    operation_id: int | None
    report_id: int | None
    shipment_id: int | None
    user_id: int
    user_name: str


class MovementPage(Listed):
    items: list[MovementOut]


class ReversalIn(Body):
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
