"""What goes in and out of the item routes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from portico.kernel.inputs import NoBoolean

Name = Annotated[str, Field(min_length=1, max_length=100)]
Description = Annotated[str, Field(max_length=500)]
Price = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2, description="A number, or one in a string.")]
Quantity = Annotated[int, Field(ge=0, lt=2**31), NoBoolean]

Sort = Literal[
    "id", "-id", "name", "-name", "price", "-price", "quantity", "-quantity", "created_at", "-created_at"
]  # fmt: skip


class ItemIn(BaseModel):
    """A whole item, for POST."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: Description | None = None
    price: Price
    quantity: Quantity = 0


class ItemPatch(BaseModel):
    """Some of an item, for PUT. What is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name = "unchanged"
    description: Description | None = None
    price: Price = Decimal(1)
    quantity: Quantity = 0


class ItemOut(BaseModel):
    id: int
    name: str
    description: str | None
    price: float = Field(description="Exact to the cent.")
    quantity: int
    created_at: datetime
    updated_at: datetime


class ItemPage(BaseModel):
    """Some of the items that match, and how the list goes on."""

    items: list[ItemOut]
    total: int = Field(description="How many items match, on all pages.")
    next_cursor: str | None = Field(description="For `cursor`; null on the last page.")
