"""What goes in and out of the finding routes."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from portico.apps.audit.fields import PersonOut
from portico.apps.audit.procedures.schemas import ProcedureRef, RequirementRef
from portico.apps.audit.workpapers.schemas import LinkedEvidence
from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

Severity = Literal["low", "medium", "high", "critical"]
State = Literal[
    "draft", "validation", "agreed", "disputed", "action_planned", "in_remediation", "ready_for_retest",
    "closed_verified", "reopened", "risk_accepted", "withdrawn",
]  # fmt: skip
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Text = Annotated[str, Field(max_length=10_000)]
Owner = Annotated[UUID | None, Field(description="The auditee to whom `validate` sends it.")]
Requirement = Annotated[Reference | None, Field(description="Its own; else that of the workpaper's procedure counts.")]
WorkpaperId = Annotated[Reference, Field(description="The workpaper that it follows from.")]


class FindingIn(Body):
    workpaper_id: WorkpaperId
    title: Title
    criteria: Annotated[Said, Field(description="What should be.")]
    condition: Annotated[Said, Field(description="What is.")]
    cause: Annotated[Text, Field(description="Why it is so.")] = ""
    effect: Annotated[Text, Field(description="What follows from it.")] = ""
    recommendation: Text = ""
    severity: Severity = "medium"
    owner_id: Owner = None
    requirement_id: Requirement = None


class FindingPatch(Body):
    """Some of a draft. What is absent stays as it is. What was sent, and is open, can be handed over: `owner_id`."""

    workpaper_id: WorkpaperId = 0
    title: Title = ""
    criteria: Said = ""
    condition: Said = ""
    cause: Text = ""
    effect: Text = ""
    recommendation: Text = ""
    severity: Severity = "medium"
    owner_id: Owner = None
    requirement_id: Requirement = None


class NoteIn(Body):
    note: Text = ""


class ReasonIn(Body):
    reason: Annotated[Said, Field(description="Why.")]


class ActionPlanIn(Body):
    action_plan: Annotated[Said, Field(description="What will be done, and by whom.")]
    due_on: Annotated[date, Field(description="When it will be done: today or later.")]


class RetestIn(Body):
    note: Annotated[Said, Field(description="What was tested again, and with which result.")]


class AcceptanceIn(Body):
    until: Annotated[
        date, Field(description="After today, and at most 366 days ahead. It is reopened on the next day.")
    ]
    reason: Annotated[Said, Field(description="Why the risk is borne.")]


class PortalLine(BaseModel):
    """A finding as its owner sees it in a list."""

    id: int
    engagement_id: int
    engagement: str
    client: str
    number: int = Field(description="Of the finding, in its engagement.")
    title: str
    severity: Severity
    state: State
    sent_at: datetime
    due_on: date | None


class PortalPage(Listed):
    items: list[PortalLine]


class FindingOut(BaseModel):
    """A finding as its owner sees it."""

    id: int
    engagement_id: int
    engagement: str
    client: str
    number: int = Field(description="Of the finding, in its engagement.")
    title: str
    criteria: str
    condition: str
    cause: str
    effect: str
    recommendation: str
    severity: Severity
    state: State
    requirement: RequirementRef | None
    owner: PersonOut | None
    sent_at: datetime | None
    action_plan: str
    due_on: date | None
    fixed_by: PersonOut | None = Field(description="Who said that it is ready for the retest.")
    closed_at: datetime | None
    risk_accepted_until: date | None
    risk_accepted_by: PersonOut | None


class WorkpaperRef(BaseModel):
    id: int
    number: int


class FindingEvidence(LinkedEvidence):
    retest: int = Field(description="0: the finding rests on it; else the number of the retest that does.")


class TeamFindingOut(FindingOut):
    """A finding as the team of its engagement sees it: with what it traces to."""

    workpaper: WorkpaperRef
    procedure: ProcedureRef
    evidence: list[FindingEvidence]
    written_by: PersonOut
    closed_by: PersonOut | None
    retests: int = Field(description="How often it was ready for a retest.")
    created_at: datetime


class FindingLine(BaseModel):
    """A finding in the list of its engagement."""

    id: int
    engagement_id: int
    number: int
    title: str
    severity: Severity
    state: State
    requirement: RequirementRef | None
    owner: PersonOut | None
    workpaper: WorkpaperRef
    sent_at: datetime | None
    due_on: date | None
    risk_accepted_until: date | None
    created_at: datetime


class FindingPage(Listed):
    items: list[FindingLine]


class FindingNoteOut(BaseModel):
    id: int
    action: str
    text: str
    at: datetime
    by: PersonOut | None = Field(description="Null for what the server did by itself.")
    user_name: str = Field(description="What they were called then.")


class AgeOut(BaseModel):
    age: Literal["not_due", "0-30", "31-60", "61-90", "over_90"] = Field(description="Days overdue.")
    low: int
    medium: int
    high: int
    critical: int
    total: int


class BySeverity(BaseModel):
    low: int
    medium: int
    high: int
    critical: int


class AgingOut(BaseModel):
    """Findings that were sent and are neither closed, withdrawn nor accepted, by days overdue and by severity."""

    as_of: date
    open: int
    ages: list[AgeOut]
    by_severity: BySeverity
    risk_accepted: int = Field(description="Those whose risk is accepted for now; they do not age.")
