"""What goes in and out of the user routes."""

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from portico.identity.public import Email, Password
from portico.kernel.inputs import Body, Flag
from portico.kernel.listing import Listed

Role = Literal["SystemAdmin", "CompanyAdmin", "ProjectManager", "Operator", "Integration"]
Given = Literal["CompanyAdmin", "ProjectManager", "Operator"]
"""What one can be made here. A SystemAdmin is made on the command line."""
FullName = Annotated[str, Field(max_length=200)]


def _not_the_first_guess(pin: str) -> str:
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise ValueError("must not be one digit six times, nor six in a row")
    return pin


Pin = Annotated[str, Field(pattern="^[0-9]{6}$", description="Six digits."), AfterValidator(_not_the_first_guess)]


class UserIn(Body):
    """Who only works at stations needs no password, and who never does needs no PIN."""

    email: Email
    full_name: FullName = ""
    role: Given = "Operator"
    password: Password | None = None
    pin: Pin | None = None


class UserPatch(Body):
    """Some of a user, for PUT. What is absent stays as it is."""

    email: Email = ""
    full_name: FullName = ""
    role: Given = "Operator"
    is_active: Flag = True
    password: Password = ""


class PinIn(Body):
    pin: Pin


class UserOut(BaseModel):
    id: int
    email: str
    full_name: str
    role: Role
    is_active: bool
    guid: UUID = Field(description="What the badge says.")
    has_password: bool
    has_pin: bool
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class UserPage(Listed):
    items: list[UserOut]
