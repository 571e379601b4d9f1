"""What goes in and out of the workpaper routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from portico.apps.audit.fields import PersonOut
from portico.apps.audit.procedures.schemas import ProcedureRef
from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

State = Literal["draft", "prepared", "in_review", "approved", "locked"]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=50_000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]
Edition = Annotated[int, Field(description="Which version of it this is, from 1.")]


class WorkpaperIn(Body):
    procedure_id: Annotated[Reference, Field(description="The procedure that it tells of.")]
    title: Title
    objective: Text = ""
    work_done: Text = ""
    conclusion: Text = ""


class WorkpaperPatch(Body):
    """Some of a workpaper. What is absent stays as it is."""

    title: Title = ""
    objective: Text = ""
    work_done: Text = ""
    conclusion: Text = ""


class ReturnIn(Body):
    reason: Annotated[Reason, Field(description="What has to be done before it is looked at again.")]


class ReviewIn(Body):
    note: Annotated[str, Field(max_length=5000)] = ""


class LinkedEvidence(BaseModel):
    """A version of evidence on which something rests."""

    evidence_version_id: int
    evidence_id: int
    number: int = Field(description="Of the evidence, in its engagement.")
    title: str
    version: int
    name: str
    sha256: str
    state: Literal["received", "sealed", "superseded"]
    is_sealed: bool = Field(description="Also where a later version has taken its place since.")


class WorkpaperVersionOut(BaseModel):
    edition: Edition
    title: str
    objective: str
    work_done: str
    conclusion: str
    state: State
    created_at: datetime
    edited_by: PersonOut
    prepared_by: PersonOut | None
    prepared_at: datetime | None
    reviewed_by: PersonOut | None
    reviewed_at: datetime | None
    review_note: str
    evidence: list[LinkedEvidence]


class WorkpaperOut(WorkpaperVersionOut):
    """A workpaper as its newest version has it."""

    id: int
    engagement_id: int
    number: int = Field(description="Of the workpaper, in its engagement.")
    procedure: ProcedureRef


class WorkpaperLine(BaseModel):
    """A workpaper in a list."""

    id: int
    engagement_id: int
    number: int
    procedure: ProcedureRef
    edition: Edition
    title: str
    state: State
    edited_by: PersonOut
    prepared_by: PersonOut | None
    prepared_at: datetime | None
    reviewed_by: PersonOut | None
    reviewed_at: datetime | None


class WorkpaperPage(Listed):
    items: list[WorkpaperLine]


class ReviewLine(WorkpaperLine):
    """A workpaper that waits for the caller."""

    engagement: str
    client: str


class ReviewPage(Listed):
    items: list[ReviewLine]
