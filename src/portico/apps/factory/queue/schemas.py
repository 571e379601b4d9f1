"""What comes out of the queue."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from portico.apps.factory.work_orders.schemas import ActionOut, OperationState, State


class QueueLine(BaseModel):
    id: int = Field(description="Of the operation.")
    work_order_id: int
    work_order: str
    order_state: State
    due_on: date | None
    quantity: int = Field(description="Of the work order.")
    project_id: int | None
    project: str | None
    article: str
    article_name: str
    position: int
    name: str
    workstation_id: int
    standard_seconds: float
    instruction: str
    state: OperationState
    good: int
    scrap: int
    rework: int
    available: int
    running_since: datetime | None
    actions: list[ActionOut]
