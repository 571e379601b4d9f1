"""What goes in and out of the user routes."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from portico.apps.store.addresses.schemas import AddressIn, AddressOut
from portico.apps.store.products.schemas import Ignored
from portico.identity.public import Email, Password, Username

PersonName = Annotated[str, Field(max_length=150)]
Phone = Annotated[str, Field(max_length=50)]
Addresses = Annotated[list[AddressIn], Field(max_length=20)]


class NameIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    firstname: PersonName = ""
    lastname: PersonName = ""


class _Person(BaseModel):
    """The fields of a user in the contract's shape, as columns of ours."""

    model_config = ConfigDict(extra="forbid")

    id: Ignored = None
    name: NameIn = NameIn()
    phone: Phone = ""
    address: AddressIn | None = None
    addresses: Addresses | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.address is not None and self.addresses is not None:
            raise ValueError("send address or addresses, not both")
        return self

    def columns(self, *, only_set: bool = False) -> dict[str, Any]:
        """Values by column, without password and addresses."""
        values = self.model_dump(exclude={"password", "address", "addresses", "name"}, exclude_unset=only_set)
        name = self.name.model_dump(exclude_unset=only_set) if not only_set or "name" in self.model_fields_set else {}
        columns = {"firstname": "first_name", "lastname": "last_name"}
        return values | {columns[part]: value for part, value in name.items()}

    def address_rows(self) -> list[dict[str, Any]] | None:
        """The addresses as columns, or None where the body has none."""
        given = [self.address] if self.address is not None else self.addresses
        return None if given is None else [address.columns() for address in given]


class UserIn(_Person):
    """A whole user, for POST. Addresses come as `addresses`, or one as `address`."""

    username: Username
    email: Email
    password: Password


class UserReplacement(_Person):
    """A whole user, for PUT. Without a password the old one stays."""

    username: Username
    email: Email
    password: Password = ""


class UserPatch(_Person):
    """Some of a user, for PATCH."""

    username: Username = "unchanged"
    email: Email = ""
    password: Password = ""


class NameOut(BaseModel):
    firstname: str
    lastname: str


class UserOut(BaseModel):
    id: int
    email: str
    username: str
    phone: str
    name: NameOut
    addresses: list[AddressOut]
