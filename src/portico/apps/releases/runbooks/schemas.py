"""What goes in and out of the runbook routes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

EMPTY: Any = Field(default_factory=list)

Title = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=20_000, description="Markdown.")]


class StepIn(Body):
    title: Title
    text: Annotated[str, Field(max_length=5000)] = ""


Steps = Annotated[list[StepIn], Field(max_length=100)]


class RunbookIn(Body):
    title: Title
    text: Text = ""
    service_id: Annotated[Reference | None, Field(description="Null: for all services.")] = None
    steps: Steps = EMPTY


class RunbookPatch(Body):
    """Some of a runbook, for PUT. What is absent stays as it is."""

    title: Title = ""
    text: Text = ""
    service_id: Reference | None = None
    steps: Steps = EMPTY


class StepOut(BaseModel):
    title: str
    text: str


class RunbookLine(BaseModel):
    id: int
    title: str
    service_id: int | None
    service: str | None
    edition: int = Field(description="Counts the changes.")
    step_count: int
    updated_at: datetime


class RunbookOut(RunbookLine):
    text: str
    steps: list[StepOut]


class RunbookPage(Listed):
    items: list[RunbookLine]


class RunIn(Body):
    incident_id: Reference | None = None
    deployment_id: Reference | None = None


class StepReportIn(Body):
    state: Literal["done", "skipped"]
    note: Annotated[str, Field(max_length=2000)] = ""


class RunStepOut(StepOut):
    state: Literal["open", "done", "skipped"]
    note: str
    by: str | None
    at: datetime | None


class RunOut(BaseModel):
    id: int
    runbook_id: int
    title: str
    edition: int = Field(description="The one that it follows, whatever the runbook says by now.")
    incident_id: int | None
    deployment_id: int | None
    started_by: str | None
    created_at: datetime
    ended_at: datetime | None
    steps: list[RunStepOut]


class RunPage(Listed):
    items: list[RunOut]
