"""What goes in and out of the cart routes."""

from datetime import date as Date  # noqa: N812 - `date` is the name of a field here
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from portico.apps.store.products.schemas import Ignored
from portico.kernel.inputs import NoBoolean
from portico.kernel.paging import BIGGEST_ID

LONGEST_CART = 1000  # lines


def _date_part(value: Any) -> Any:
    try:
        # Pydantic would take "0" for a time stamp.
        return datetime.fromisoformat(value).date() if len(value) > 10 else Date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("must be an ISO 8601 date or date and time") from None


CartDate = Annotated[
    Date,
    BeforeValidator(_date_part, json_schema_input_type=Date | datetime),
    Field(description="A date, or a date and time, ISO 8601."),
]
ProductId = Annotated[int, Field(ge=0, le=BIGGEST_ID), NoBoolean]


class LineIn(BaseModel):
    """A product and how many. The range of the quantity is a rule of the cart, not of the form."""

    model_config = ConfigDict(extra="forbid")

    productId: ProductId  # noqa: N815 - the contract's name
    quantity: Annotated[int, Field(ge=-BIGGEST_ID, le=BIGGEST_ID), NoBoolean] = 1


Lines = Annotated[list[LineIn], Field(max_length=LONGEST_CART)]


class CartIn(BaseModel):
    """A whole cart, for POST and PUT. Lines come as `products` or as `items`; the owner is the caller."""

    model_config = ConfigDict(extra="forbid")

    id: Ignored = None
    userId: Ignored = None  # noqa: N815 - as above
    date: CartDate | None = None
    products: Lines | None = None
    items: Lines | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.products is not None and self.items is not None:
            raise ValueError("send products or items, not both")
        return self

    @property
    def lines(self) -> list[tuple[int, int]]:
        return [(line.productId, line.quantity) for line in self.products or self.items or []]


class CartPatch(BaseModel):
    """Changes to a cart, applied in this order: add, update, remove, date, userId. All or nothing."""

    model_config = ConfigDict(extra="forbid")

    add: Lines = []
    update: Lines = []
    remove: Annotated[list[ProductId], Field(max_length=LONGEST_CART)] = []
    date: CartDate | None = None
    userId: ProductId | None = None  # noqa: N815 - as above


class CartProduct(BaseModel):
    id: int
    title: str
    price: float
    image: str


class LineOut(BaseModel):
    productId: int  # noqa: N815 - as above
    quantity: int
    product: CartProduct


class CartOut(BaseModel):
    id: int
    userId: int  # noqa: N815 - as above
    date: Date
    items: list[LineOut]
    total: float = Field(description="Exact to the cent.")
