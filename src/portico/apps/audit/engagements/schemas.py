"""What goes in and out of the engagement routes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, PlainSerializer, StringConstraints, model_validator

from portico.apps.audit.engagements.parameters import Parameters
from portico.apps.audit.fields import Amount, Currency, Money
from portico.kernel.inputs import Body, Description, Reference
from portico.kernel.listing import Listed

EngagementName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
State = Literal["planned", "fieldwork", "review", "draft_report", "issued", "follow_up", "closed", "archived"]
Role = Literal["lead", "auditor", "reviewer"]


def _stored(settings: Parameters) -> dict[str, Any]:
    """What was set is kept; the rest are the defaults of the day."""
    return settings.model_dump(mode="json", exclude_unset=True)


Settings = Annotated[Parameters, PlainSerializer(_stored, return_type=dict[str, Any])]


class EngagementIn(Body):
    """A whole engagement, for POST."""

    client_id: Reference
    name: EngagementName
    objective: Description = ""
    period_start: date
    period_end: date
    currency: Annotated[Currency | None, Field(description="The client's, where it is absent.")] = None
    materiality: Amount | None = None
    performance_materiality: Amount | None = None
    settings: Settings = Parameters()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.period_start > self.period_end:
            raise ValueError("period_end must not be before period_start")
        return self


class EngagementPatch(Body):
    """What is absent stays as it is; `settings` are replaced as a whole."""

    name: EngagementName = ""
    objective: Description = ""
    period_start: date = date.min
    period_end: date = date.max
    currency: Currency = "EUR"
    materiality: Amount | None = None
    performance_materiality: Amount | None = None
    settings: Settings = Parameters()


class ClientOfEngagement(BaseModel):
    id: int
    name: str


class EngagementOut(BaseModel):
    id: int
    client: ClientOfEngagement
    name: str
    objective: str
    period_start: date
    period_end: date
    currency: str
    materiality: Money | None
    performance_materiality: Money | None
    settings: Parameters
    state: State
    role: Role = Field(description="The caller's.")
    issued_at: datetime | None
    archived_at: datetime | None
    created_at: datetime


class EngagementPage(Listed):
    items: list[EngagementOut]
