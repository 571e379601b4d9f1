"""What goes in and out of the rating routes."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from portico.apps.store.products.schemas import RatingOut


class RatingIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: Annotated[Decimal, Field(ge=0, le=5, decimal_places=1)]


class ProductRatingOut(BaseModel):
    productId: int  # noqa: N815 - the contract's name
    rating: RatingOut
    userRating: float | None = Field(description="The caller's own, where there is one.")  # noqa: N815 - as above
