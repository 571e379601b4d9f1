"""What goes in and out of the product routes."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from portico.kernel.inputs import NoBoolean

Title = Annotated[str, Field(min_length=1, max_length=500)]
Price = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2, description="A number, or one in a string.")]
Description = Annotated[str, Field(max_length=20_000)]
Image = Annotated[str, Field(max_length=2_000)]
CategoryIds = Annotated[list[Annotated[int, Field(ge=1, lt=2**63), NoBoolean]], Field(max_length=100)]
Ignored = Annotated[Any, Field(exclude=True, description="Ignored: ids are the server's.")]


class ProductIn(BaseModel):
    """A whole product, for POST and PUT. The first of `categories` names the product's `category`."""

    model_config = ConfigDict(extra="forbid")

    id: Ignored = None
    title: Title
    price: Price
    description: Description = ""
    image: Image = ""
    categories: CategoryIds = []


class ProductPatch(BaseModel):
    """Some of a product, for PATCH. What is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    id: Ignored = None
    title: Title = ""
    price: Price = Decimal(1)
    description: Description = ""
    image: Image = ""
    categories: CategoryIds = []


class CategoryRef(BaseModel):
    id: int
    name: str


class RatingOut(BaseModel):
    rate: float = Field(description="The mean of the ratings, to one decimal; 0 where there is none.")
    count: int


class ProductOut(BaseModel):
    id: int
    title: str
    price: float = Field(description="Exact to the cent.")
    description: str
    image: str
    category: str = Field(description="The name of the first of `categories`, or empty.")
    categories: list[CategoryRef]
    rating: RatingOut


class ProductPage(BaseModel):
    count: int
    next: str | None
    previous: str | None
    results: list[ProductOut]
