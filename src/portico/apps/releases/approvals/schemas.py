"""What goes in and out of the approval routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from portico.kernel.inputs import Body, Flag, Name, Reference

EnvironmentType = Literal["dev", "test", "staging", "production"]
Required = Annotated[int, Field(ge=1, le=100)]
Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 365)]
HASH = r"^[0-9a-f]{64}$"


class RuleIn(Body):
    """What is null in the scope takes everything."""

    name: Name
    environment_id: Reference | None = None
    environment_type: EnvironmentType | None = None
    team_id: Reference | None = None
    service_id: Reference | None = None
    group_id: Reference
    required: Required = 1
    expires_minutes: Minutes = Field(1440, description="How long an approval holds, and how long one waits for it.")
    is_emergency: Flag = False
    is_active: Flag = True


class RulePatch(RuleIn):
    name: Name = ""
    group_id: Reference = 0


class RuleOut(BaseModel):
    id: int
    name: str
    environment_id: int | None
    environment: str | None
    environment_type: EnvironmentType | None
    team_id: int | None
    team: str | None
    service_id: int | None
    service: str | None
    group_id: int
    group: str
    required: int
    expires_minutes: int
    is_emergency: bool
    is_active: bool


class ApprovalIn(Body):
    decision: Literal["approved", "rejected"]
    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    rule_id: Reference | None = Field(None, description="For which rule, where the caller could decide for several.")
    content_hash: Annotated[str, Field(max_length=64)] = Field(description="What was looked at: the deployment's.")


class ApprovalOut(BaseModel):
    id: int
    deployment_id: int
    rule_id: int | None
    rule: str | None
    user_id: int
    user: str
    decision: Literal["approved", "rejected"]
    comment: str
    content_hash: str
    environment_id: int
    created_at: datetime
    expires_at: datetime
    voided_at: datetime | None
    void_reason: str


class WaitingOut(BaseModel):
    """A deployment that waits for the caller."""

    deployment_id: int
    service: str
    version: str
    environment: str
    requester: str | None
    reason: str
    is_emergency: bool
    is_rollback: bool
    content_hash: str
    approval_until: datetime | None
    created_at: datetime
    rules: list[str]
    rule_ids: list[int]


class InboxPage(BaseModel):
    items: list[WaitingOut]
    total: int
    next_cursor: str | None


class ApprovalPage(BaseModel):
    items: list[ApprovalOut]
    total: int
    next_cursor: str | None
