"""What goes in and out of the assessment routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from portico.apps.audit.fields import PersonOut
from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

Method = Literal["examine", "interview", "test"]
Result = Literal["satisfied", "other-than-satisfied"]
Standing = Literal["satisfied", "other-than-satisfied", "not-assessed"]


class ChoiceIn(Body):
    framework_id: Reference


class ChosenOut(BaseModel):
    """A framework by which an engagement assesses."""

    id: int
    title: str
    kind: Literal["catalog", "profile"]
    document_version: str
    requirements: int
    chosen_at: datetime
    chosen_by: PersonOut


class AssessmentIn(Body):
    requirement_id: Annotated[Reference, Field(description="Of a framework that the engagement has chosen.")]
    method: Method
    result: Result
    observation: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
    procedure_id: Reference | None = None
    workpaper_id: Reference | None = Field(default=None, description="Where it is written down, with its evidence.")


class AssessedOut(BaseModel):
    id: int
    code: str
    label: str
    title: str
    family: str
    framework_id: int


class ProcedureNameOut(BaseModel):
    id: int
    code: str
    title: str


class WorkpaperNameOut(BaseModel):
    id: int
    number: int


class AssessmentOut(BaseModel):
    id: int
    engagement_id: int
    requirement: AssessedOut
    method: Method
    result: Result
    observation: str
    procedure: ProcedureNameOut | None
    workpaper: WorkpaperNameOut | None
    assessed_by: PersonOut
    at: datetime
    counts: bool = Field(description="Whether it is the newest of its requirement.")


class AssessmentPage(Listed):
    items: list[AssessmentOut]


class CountsOut(BaseModel):
    total: int
    satisfied: int
    other_than_satisfied: int
    not_assessed: int


class FamilySummaryOut(CountsOut):
    id: str
    title: str


class FrameworkSummaryOut(CountsOut):
    id: int
    title: str
    families: list[FamilySummaryOut]


class AssessmentSummaryOut(BaseModel):
    frameworks: list[FrameworkSummaryOut]


class ToAssessOut(BaseModel):
    id: int
    framework_id: int
    position: int
    code: str
    label: str
    title: str
    family: str
    result: Standing
    assessment_id: int | None
    method: Method | None
    assessed_at: datetime | None
    observation: str | None = Field(description="The first 300 characters of it.")


class ToAssessPage(Listed):
    items: list[ToAssessOut]
