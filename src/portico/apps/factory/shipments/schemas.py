"""What goes in and out of the shipment routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from portico.apps.factory.quantities import Quantity
from portico.kernel.inputs import Body, Name, Reference
from portico.kernel.listing import Listed

State = Literal["draft", "shipped", "cancelled"]
Label = Annotated[str, Field(max_length=200)]


class ShipmentIn(Body):
    code: Name
    customer: Label = ""
    project_id: Reference | None = None
    trolley: Label = ""


class ShipmentPatch(Body):
    """Some of a draft, for PUT. What is absent stays as it is."""

    customer: Label = ""
    project_id: Reference | None = None
    trolley: Label = ""


class LineIn(Body):
    """So much of a lot. A line of the same lot is replaced."""

    lot_id: Reference
    quantity: Quantity


class LineOut(BaseModel):
    lot_id: int
    lot: str
    state: str = Field(description="Of the lot, now.")
    material: str | None
    article: str | None
    unit: str
    quantity: float
    on_hand: float


class ShipmentOut(BaseModel):
    id: int
    code: str
    customer: str
    project_id: int | None
    project: str | None
    trolley: str
    state: State
    lines_count: int
    shipped_at: datetime | None
    created_at: datetime


class ShipmentDetailOut(ShipmentOut):
    lines: list[LineOut]


class ShipmentPage(Listed):
    items: list[ShipmentOut]
