"""What goes in and out of the routes of work orders and operations."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from portico.apps.factory.fields import Code
from portico.kernel.inputs import Body, NoBoolean, Reference
from portico.kernel.listing import Listed

State = Literal["draft", "released", "in_progress", "held", "completed", "closed", "cancelled", "aborted"]
OperationState = Literal["ready", "running", "paused", "ended", "skipped", "aborted"]
MOST = 1_000_000
NONE: Any = Field(default_factory=list)


class WorkOrderIn(Body):
    code: Code
    routing_id: Reference
    article_id: Reference
    quantity: Annotated[int, Field(ge=1, le=MOST), NoBoolean]
    project_id: Reference | None = None
    due_on: date | None = None
    piece_ids: Annotated[list[Reference], Field(max_length=2000, description="Planned pieces that it makes.")] = NONE


class ReasonIn(Body):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class OperationOut(BaseModel):
    id: int
    work_order_id: int
    work_order: str
    order_state: State
    position: int
    name: str
    workstation_id: int
    workstation: str
    standard_seconds: float
    instruction: str
    state: OperationState
    good: int
    scrap: int
    rework: int = Field(description="Put aside to be reworked, and not reported since.")
    available: int = Field(description="What may be reported here now.")


class RunOut(BaseModel):
    id: int
    started_at: datetime
    ended_at: datetime | None
    user_id: int
    seconds: float


class OperationDetail(OperationOut):
    runs: list[RunOut]
    run_seconds: float = Field(description="Actual production time, ISO 22400-2 APT.")


class WorkOrderLine(BaseModel):
    id: int
    code: str
    state: State
    quantity: int
    due_on: date | None
    project_id: int | None
    project: str | None
    article_id: int
    article: str
    routing_id: int
    routing: str
    edition: int
    reason: str = Field(description="Of the last hold, cancellation, abortion or reopening.")
    released_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    created_at: datetime


class WorkOrderOut(WorkOrderLine):
    operations: list[OperationOut]


class WorkOrderPage(Listed):
    items: list[WorkOrderLine]


class ActionOut(BaseModel):
    action: str
    target: str
    allowed: bool
    reasons: list[str]
