"""What goes in and out of the facade.

Tutorials send anything, and the site takes it: in the bodies here no field is required, unknown ones are passed over,
and what is known comes back as it came in.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

DEEPEST = 4  # as deep as a cart that holds whole products goes


def _not_too_deep(value: Any, levels: int = DEEPEST) -> Any:
    if isinstance(value, dict | list):
        if levels == 0:
            raise ValueError("is nested too deeply")
        for part in value.values() if isinstance(value, dict) else value:
            _not_too_deep(part, levels - 1)
    return value


Anything = Annotated[Any, AfterValidator(_not_too_deep)]


class ProductEcho(BaseModel):
    """A product as it was sent. Nothing is stored."""

    id: int | None = None
    title: Anything = None
    price: Anything = None
    description: Anything = None
    image: Anything = None
    category: Anything = None


class CartEcho(BaseModel):
    """A cart as it was sent. Nothing is stored."""

    id: int | None = None
    userId: Anything = None  # noqa: N815 - the site's name
    date: Anything = None
    products: Anything = None


class UserEcho(BaseModel):
    """A user as it was sent, without the password. Nothing is stored."""

    id: int | None = None
    email: Anything = None
    username: Anything = None
    name: Anything = None
    address: Anything = None
    phone: Anything = None


class SiteCredentialsIn(BaseModel):
    username: Annotated[str, Field(min_length=1, max_length=254)]
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class SiteTokenOut(BaseModel):
    token: str = Field(description="An access token, good for the whole store.")


class SiteRatingOut(BaseModel):
    rate: float
    count: int


class SiteProductOut(BaseModel):
    id: int
    title: str
    price: float
    description: str
    category: str
    image: str
    rating: SiteRatingOut


class SiteLineOut(BaseModel):
    productId: int  # noqa: N815 - as above
    quantity: int


class SiteCartOut(BaseModel):
    id: int
    userId: int  # noqa: N815 - as above
    date: str = Field(description="Midnight in UTC, as the site writes it: 2020-03-02T00:00:00.000Z.")
    products: list[SiteLineOut]
    v: int = Field(alias="__v")


class SiteGeolocationOut(BaseModel):
    lat: str
    long: str


class SiteAddressOut(BaseModel):
    geolocation: SiteGeolocationOut
    city: str
    street: str
    number: int
    zipcode: str


class SiteNameOut(BaseModel):
    firstname: str
    lastname: str


class SiteUserOut(BaseModel):
    """A user. The site shows passwords; this one has only their hashes, and keeps those."""

    address: SiteAddressOut
    id: int
    email: str
    username: str
    name: SiteNameOut
    phone: str
    v: int = Field(alias="__v")
