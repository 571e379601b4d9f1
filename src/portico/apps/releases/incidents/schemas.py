"""What goes in and out of the incident routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

Severity = Literal["low", "medium", "high", "critical"]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=10_000)]
Intervention = Annotated[
    bool, Field(strict=True, description="Whether it takes people, at once: then its deployment has failed.")
]


class IncidentIn(Body):
    service_id: Reference
    environment_id: Reference
    title: Title
    description: Text = ""
    severity: Severity = "high"
    needs_intervention: Intervention = True


class IncidentPatch(Body):
    """Some of an incident, for PUT. What is absent stays as it is."""

    title: Title = ""
    description: Text = ""
    severity: Severity = "high"
    needs_intervention: Intervention = True


class AttributionIn(Body):
    deployment_id: Annotated[Reference | None, Field(description="The one that caused it; null: none did.")]
    reason: Annotated[str, Field(max_length=2000, description="Why; nothing is attributed without a reason.")] = ""


class ResolutionIn(Body):
    resolution: Text = ""


class IncidentOut(BaseModel):
    id: int
    service_id: int
    service: str
    environment_id: int
    environment: str
    title: str
    description: str
    severity: Severity
    needs_intervention: bool
    opened_at: datetime
    opened_by: str | None
    deployment_id: int | None = Field(description="The one deployment that it is attributed to.")
    release: str | None = Field(description="The version that this deployment brought.")
    attribution: str = Field(description="Why this deployment, or why none.")
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str
    recovery_seconds: float | None = Field(description="From the end of its deployment until it was resolved.")


class IncidentPage(Listed):
    items: list[IncidentOut]
