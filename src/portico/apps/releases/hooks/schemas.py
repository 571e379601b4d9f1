"""What goes out of the hook routes."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Outcome = Literal["taken", "ignored", "refused"]
SourceName = Literal["github", "gitlab", "cdevents"]


class Taken(BaseModel):
    status: Literal["taken", "ignored", "refused", "repeated"] = Field(
        description="`ignored`: nothing that we act upon. `refused`: a rule or a right was against it."
    )
    event: str = Field("", description="What it was, as we call it; empty for one that was repeated.")
    reason: str = ""
    object: str = Field("", description="What it was done to, such as `release:5`.")


class DeliveryOut(BaseModel):
    id: int
    source: SourceName
    delivery_id: str = Field(description="The sender's.")
    event: str
    outcome: Outcome
    reason: str
    object: str
    said: dict[str, Any] = Field(description="The few words of it that matter. Bodies are not kept.")
    received_at: datetime


class DeliveryPage(BaseModel):
    """Deliveries, the newest first. They are kept for 30 days."""

    items: list[DeliveryOut]
    total: int
    next_cursor: str | None
