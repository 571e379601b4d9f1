"""What goes in and out of the defect routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from portico.kernel.inputs import Body
from portico.kernel.listing import Listed

Severity = Literal["low", "medium", "high", "critical"]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=10_000)]


class DefectIn(Body):
    title: Title
    description: Text = ""
    severity: Annotated[Severity, Field(description="A critical one blocks a published release.")] = "high"


class ResolutionIn(Body):
    resolution: Text = ""


class DefectOut(BaseModel):
    id: int
    release_id: int
    service: str
    release: str
    title: str
    description: str
    severity: Severity
    reported_by: str | None
    created_at: datetime
    resolved_by: str | None
    resolved_at: datetime | None
    resolution: str


class DefectPage(Listed):
    items: list[DefectOut]
