"""What goes in and out of the evidence routes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from portico.apps.audit.fields import PersonOut
from portico.kernel.inputs import Body, Reference
from portico.kernel.listing import Listed

VersionState = Literal["received", "sealed", "superseded"]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]


class EvidenceForm(Body):
    """The fields beside the file."""

    engagement: Reference
    title: Annotated[Title, Field(description="Without one the file's name.")] = ""
    request: Annotated[Reference | None, Field(description="The request that it answers.")] = None
    procedure: Annotated[Reference | None, Field(description="The procedure that it is for.")] = None
    evidence: Annotated[Reference | None, Field(description="What this is a new version of.")] = None


class NewestOut(BaseModel):
    id: int
    number: int
    name: str
    media_type: str
    size: int = Field(description="bytes")
    sha256: str
    state: VersionState
    received_at: datetime
    sealed_at: datetime | None
    failed_at: datetime | None


class VersionOut(NewestOut):
    evidence_id: int
    engagement_id: int
    evidence_number: int
    title: str
    request_id: int | None
    received_by: PersonOut
    verified_at: datetime | None = Field(description="When the stored bytes were last checked and found the same.")
    failed_at: datetime | None = Field(description="When they were first found to be others.")


class EvidenceOut(BaseModel):
    id: int
    engagement_id: int
    number: int = Field(description="Counts in the engagement.")
    title: str
    request_id: int | None
    procedure_id: int | None
    created_at: datetime
    versions: int
    newest: NewestOut


class EvidencePage(Listed):
    items: list[EvidenceOut]


class VerificationOut(BaseModel):
    """What a check of the stored bytes has found."""

    intact: bool
    expected: str = Field(description="The SHA-256 at receipt.")
    found: str | None = Field(description="That of the stored bytes; null: they are gone.")
    size: int


class CustodyOut(BaseModel):
    """One thing that was done with a version: `received`, `read`, `sealed`, `superseded`, `verified` or `failed`."""

    id: int
    at: datetime
    action: str
    actor_name: str
    address: str
    details: dict[str, Any]
    seq: int | None = Field(description="The place in the chain of the log; null until it is sealed, within a second.")
    hash: str | None


class CustodyPage(Listed):
    items: list[CustodyOut]
