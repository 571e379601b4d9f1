"""What goes in and out of the user routes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from portico.identity.public import USERNAME, VISIBLE, Email

Username = Annotated[str, Field(min_length=3, max_length=50, pattern=USERNAME), VISIBLE]
Password = Annotated[str, Field(min_length=8, max_length=128)]


class UserIn(BaseModel):
    """A whole user, for POST."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    username: Username
    password: Password
    is_active: bool = True


class UserPatch(BaseModel):
    """Some of a user, for PUT. What is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    email: Email = ""
    username: Username = "unchanged"
    password: Password = ""
    is_active: bool = True


class UserOut(BaseModel):
    id: int
    email: str
    username: str
    is_active: bool
    created_at: datetime
    updated_at: datetime
