"""What goes in and out of the address routes."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from portico.apps.store.products.schemas import Ignored
from portico.kernel.inputs import NoBoolean


def _as_text(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


Text = Annotated[str, Field(max_length=200)]
Degrees = Annotated[str, Field(pattern=r"^(-?\d{1,3}(\.\d{1,15})?)?$")]
Coordinate = Annotated[
    Degrees,
    BeforeValidator(_as_text, json_schema_input_type=Degrees | float),
    Field(description="Degrees, as a number or in a string; kept as text."),
]


class GeolocationIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lat: Coordinate = ""
    long: Coordinate = ""


class AddressIn(BaseModel):
    """An address, whole or in part."""

    model_config = ConfigDict(extra="forbid")

    id: Ignored = None
    street: Text = ""
    number: Annotated[int, Field(ge=0, lt=2**31), NoBoolean] = 0
    city: Text = ""
    zipcode: Text = ""
    geolocation: GeolocationIn = GeolocationIn()

    def columns(self, *, only_set: bool = False) -> dict[str, Any]:
        """Values by column."""
        values = self.model_dump(exclude_unset=only_set)
        values |= values.pop("geolocation", {})
        return values


class GeolocationOut(BaseModel):
    lat: str
    long: str


class AddressOut(BaseModel):
    id: int
    street: str
    number: int
    city: str
    zipcode: str
    geolocation: GeolocationOut
