"""What goes in and out of the location routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from portico.kernel.inputs import Body, Name, Reference
from portico.kernel.listing import Listed

Label = Annotated[str, Field(max_length=200)]
Kind = Literal["store", "floor", "trolley", "quarantine"]
Station = Annotated[Reference | None, Field(description="Its operations take from here and put to here.")]


class LocationIn(Body):
    code: Name
    name: Label = ""
    kind: Kind = "store"
    workstation_id: Station = None


class LocationPatch(Body):
    """Some of a location, for PUT. What is absent stays as it is; the code stays for ever."""

    name: Label = ""
    kind: Kind = "store"
    workstation_id: Station = None


class LocationOut(BaseModel):
    id: int
    code: str
    name: str
    kind: Kind
    workstation_id: int | None
    created_at: datetime
    deleted_at: datetime | None


class LocationPage(Listed):
    items: list[LocationOut]
