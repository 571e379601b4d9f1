"""What goes in and out of the user routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from portico.identity.public import Email, Password, Username
from portico.kernel.inputs import Body, Flag
from portico.kernel.listing import Listed

Role = Literal["viewer", "developer", "release_manager", "admin", "pipeline"]
FullName = Annotated[str, Field(max_length=200)]


class RegisterIn(Body):
    email: Email
    username: Username
    full_name: FullName = ""
    password: Password


class UserIn(Body):
    """A whole user, for POST. A pipeline has no password: it never signs in."""

    email: Email
    username: Username
    full_name: FullName = ""
    role: Role = "viewer"
    password: Password | None = None

    @model_validator(mode="after")
    def _password_of_people(self) -> "UserIn":
        if (self.password is None) != (self.role == "pipeline"):
            raise ValueError("people have a password, and pipelines have none")
        return self


class UserPatch(Body):
    """Some of a user, for PUT. What is absent stays as it is."""

    email: Email = ""
    username: Username = ""
    full_name: FullName = ""
    role: Role = "viewer"
    is_active: Flag = True
    password: Password = ""


class UserOut(BaseModel):
    id: int
    email: str
    username: str
    full_name: str
    role: Role
    is_active: bool
    teams: list[int]
    groups: list[int]
    created_at: datetime
    updated_at: datetime


class UserPage(Listed):
    items: list[UserOut]
