"""What goes in and out of the user routes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# No @: a name with one could be somebody's e-mail address, and would log in in that one's place.
Username = Annotated[str, Field(min_length=3, max_length=50, pattern=r"^[^\s@]+$")]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
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
