"""What goes in and out of the user routes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from portico.identity.public import Email, Password
from portico.kernel.inputs import Body, Flag
from portico.kernel.listing import Listed

FirmRole = Literal["admin", "engagement_lead", "staff"]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class UserIn(Body):
    """A whole user, for POST."""

    email: Email
    password: Password
    first_name: PersonName = ""
    last_name: PersonName = ""
    role: FirmRole = "staff"


class UserPatch(Body):
    """What is absent stays as it is."""

    first_name: PersonName = ""
    last_name: PersonName = ""
    role: FirmRole = "staff"
    is_active: Flag = True


class UserOut(BaseModel):
    id: UUID
    email: str
    first_name: str
    last_name: str
    role: FirmRole
    is_active: bool
    created_at: datetime


class UserPage(Listed):
    items: list[UserOut]
