"""What goes in and out of the workstation routes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from portico.kernel.inputs import Body, Flag, Name

Type = Literal["Machine", "Assembly", "Control", "Logistics", "Supply"]
Location = Annotated[str, Field(max_length=200)]


class WorkstationIn(Body):
    name: Name
    location: Location = ""
    type: Type
    is_active: Flag = True


class WorkstationPatch(Body):
    """Some of a workstation, for PUT. What is absent stays as it is."""

    name: Name = ""
    location: Location = ""
    type: Type = "Machine"
    is_active: Flag = True


class WorkstationOut(BaseModel):
    id: int
    guid: UUID = Field(description="What its code says, for signing in there.")
    name: str
    location: str
    type: Type
    is_active: bool
    created_at: datetime
    deleted_at: datetime | None
