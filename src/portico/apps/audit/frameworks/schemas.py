"""What goes in and out of the framework routes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from portico.apps.audit.fields import PersonOut
from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

MOST_BYTES = 16 * 1024 * 1024
"""With its assessment objectives a control has some 8 KiB, and NIST's catalog 1,200 of them."""
LONGEST_NAME = 200

Kind = Literal["catalog", "profile"]
Relationship = Literal["equal", "equivalent", "subset", "superset", "intersects"]
Code = Annotated[str, Field(min_length=1, max_length=200)]


class FrameworkLine(BaseModel):
    id: int
    uuid: UUID
    kind: Kind
    title: str
    name: str = Field(description="Of its file, by which profiles may import it.")
    document_version: str
    oscal_version: str
    sha256: str = Field(description="Of the document as it was sent.")
    requirements: int = Field(description="How many there are, withdrawn ones included.")
    imported_by: PersonOut
    created_at: datetime


class FamilyOut(BaseModel):
    id: str
    title: str
    requirements: int = Field(description="How many are not withdrawn.")


class ImportOut(BaseModel):
    href: str = Field(description="As the profile names it.")
    framework_id: int
    title: str
    document_version: str


class FrameworkOut(FrameworkLine):
    families: list[FamilyOut]
    imports: list[ImportOut] = Field(description="What a profile was resolved from.")


class FrameworkPage(Listed):
    items: list[FrameworkLine]


class RequirementOut(BaseModel):
    id: int
    framework_id: int
    position: int
    code: str
    label: str
    parent_code: str | None = Field(description="Of the control that this one enhances.")
    family: str
    family_title: str
    title: str
    text: str = Field(description="With the parameters inserted; a line for each item.")
    guidance: str
    statement_id: str | None = Field(
        description="The part of the control that says it, as OSCAL's assessments name it."
    )
    related: list[str]
    is_withdrawn: bool


class RequirementPage(Listed):
    items: list[RequirementOut]


class MappingIn(Body):
    code: Annotated[Code, Field(description="Of a requirement of this framework.")]
    target: Annotated[Code, Field(description="Of one of the other framework.")]
    relationship: Relationship = "equivalent"


class MappingsIn(Body):
    target_framework_id: Reference
    mappings: Annotated[list[MappingIn], Field(min_length=1, max_length=2000)]


class MappedOut(BaseModel):
    mapped: int


class MappedRequirementOut(BaseModel):
    id: int
    framework_id: int
    code: str
    title: str


class MappingOut(BaseModel):
    id: int
    requirement: MappedRequirementOut
    target: MappedRequirementOut
    relationship: Relationship = Field(description="What the requirement is to the target (NIST IR 8477).")
    created_at: datetime


class MappingPage(Listed):
    items: list[MappingOut]
