"""What goes in and out of the routes of shifts and downtimes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from portico.kernel.inputs import Body, Flag, Reference
from portico.kernel.listing import Listed

LOCAL = "Without an offset it is the company's clock."
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Note = Annotated[str, Field(max_length=2000)]


class ShiftIn(Body):
    workstation_id: Reference
    name: Label = ""
    starts_at: datetime = Field(description=LOCAL)
    ends_at: datetime = Field(description=LOCAL)


class ShiftOut(BaseModel):
    id: int
    workstation_id: int
    workstation: str
    name: str
    starts_at: datetime
    ends_at: datetime
    minutes: float = Field(description="How long it lasts: shifts over a change of the clocks are an hour off.")


class ShiftPage(Listed):
    items: list[ShiftOut]


class DowntimeIn(Body):
    workstation_id: Reference
    reason: Reason
    is_planned: Flag = Field(False, description="A planned stop leaves the planned busy time; any other is a loss.")
    starts_at: datetime | None = Field(None, description=f"Absent: now. {LOCAL}")
    ends_at: datetime | None = Field(None, description=f"Absent: it lasts. {LOCAL}")
    note: Note = ""


class CloseIn(Body):
    ends_at: datetime | None = Field(None, description=f"Absent: now. {LOCAL}")
    reason: Reason | None = Field(None, description="The true one, where it is known by now.")
    note: Note | None = None


class DowntimeOut(BaseModel):
    id: int
    workstation_id: int
    workstation: str
    reason: str
    is_planned: bool
    starts_at: datetime
    ends_at: datetime | None = Field(description="Null: it still lasts.")
    minutes: float | None = Field(description="Null while it lasts.")
    note: str
    user_id: int
    user_name: str


class DowntimePage(Listed):
    items: list[DowntimeOut]
