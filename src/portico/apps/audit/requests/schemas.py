"""What goes in and out of the request routes."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from portico.apps.audit.fields import PersonOut
from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

State = Literal["draft", "requested", "submitted", "accepted", "returned"]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Text = Annotated[str, Field(max_length=10_000)]
Assignee = Annotated[UUID | None, Field(description="The auditee who is asked.")]


class RequestIn(Body):
    title: Title
    description: Text = ""
    assignee_id: Assignee = None
    procedure_id: Reference | None = None
    due_on: date | None = None


class RequestPatch(Body):
    """Some of a request. What is absent stays as it is."""

    title: Title = ""
    description: Text = ""
    assignee_id: Assignee = None
    procedure_id: Reference | None = None
    due_on: date | None = None


class AnswerIn(Body):
    answer: Text = ""


class RequestReturnIn(Body):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class RequestOut(BaseModel):
    id: int
    engagement_id: int
    engagement: str
    client: str
    number: int = Field(description="Counts in the engagement.")
    title: str
    description: str
    assignee: PersonOut | None
    procedure_id: int | None
    due_on: date | None
    state: State
    answer: str = Field(description="The auditee's words.")
    return_reason: str = Field(description="Why it was last returned.")
    documents: int = Field(description="Pieces of evidence that were filed for it.")
    created_at: datetime
    sent_at: datetime | None
    submitted_at: datetime | None
    decided_at: datetime | None


class RequestPage(Listed):
    items: list[RequestOut]
