"""What goes in and out of the company routes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, Field

from portico.kernel.inputs import Body, Flag, Name


def _known(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be the name of a time zone, such as Europe/Sofia")
    return name


TimeZone = Annotated[str, Field(max_length=100), AfterValidator(_known)]


class CompanyIn(Body):
    name: Name
    time_zone: TimeZone = "Europe/Sofia"


class CompanyPatch(Body):
    """Some of a company, for PUT. What is absent stays as it is."""

    name: Name = ""
    time_zone: TimeZone = "Europe/Sofia"
    is_active: Flag = Field(default=True, description="Nobody of a company that is not can sign in.")


class CompanyOut(BaseModel):
    id: UUID
    name: str
    time_zone: str
    is_active: bool
    created_at: datetime
