"""What goes in and out of the gate routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from portico.kernel.inputs import Body

Status = Literal["pending", "passed", "failed"]


class GateIn(Body):
    source: Annotated[str, Field(max_length=200, examples=["ci.example.com"])] = ""
    status: Status
    url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=2000)] | None = None
    expires_at: Annotated[
        AwareDatetime | None, Field(description="From then on a gate that has passed is pending again.")
    ] = None


class GateOut(BaseModel):
    release_id: int
    name: str
    source: str
    status: Status = Field(description="What the gate says now: `pending` where a `passed` has expired.")
    url: str | None
    expires_at: datetime | None
    is_expired: bool
    reported_by: str | None
    updated_at: datetime
