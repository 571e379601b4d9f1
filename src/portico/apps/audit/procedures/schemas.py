"""What goes in and out of the procedure routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

Pack = Literal["transaction", "control"]
Method = Literal["examine", "interview", "test"]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=10_000)]
Requirement = Annotated[Reference | None, Field(description="The requirement that it assesses. Findings trace to it.")]


class ProcedureIn(Body):
    code: Annotated[Code, Field(description="Unique in the engagement, such as `JE-01`.")]
    title: Title
    description: Text = ""
    pack: Pack = "transaction"
    method: Method = "examine"
    requirement_id: Requirement = None


class ProcedurePatch(Body):
    """Some of a procedure. What is absent stays as it is."""

    code: Code = ""
    title: Title = ""
    description: Text = ""
    pack: Pack = "transaction"
    method: Method = "examine"
    requirement_id: Requirement = None


class RequirementRef(BaseModel):
    """A requirement, as what traces to it shows it."""

    id: int
    code: str
    title: str
    framework: str


class ProcedureRef(BaseModel):
    """A procedure, as what follows from it shows it."""

    id: int
    code: str
    title: str


class ProcedureOut(BaseModel):
    id: int
    engagement_id: int
    code: str
    title: str
    description: str
    pack: Pack
    method: Method
    requirement: RequirementRef | None
    workpapers: int = Field(description="How many workpapers tell of it.")
    created_at: datetime


class ProcedurePage(Listed):
    items: list[ProcedureOut]
