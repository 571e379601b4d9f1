"""What goes in and out of the deployment routes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from portico.apps.releases.approvals.schemas import ApprovalOut
from portico.apps.releases.semver import VersionText
from portico.kernel.inputs import Body, Flag, Name, Reference

State = Literal[
    "requested", "awaiting_approval", "scheduled", "queued", "running",
    "succeeded", "failed", "cancelled", "rejected", "expired",
]  # fmt: skip
Status = Literal[State, "superseded", "rolled_back"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Log = Annotated[str, Field(max_length=65536, description="What was written since the last report.")]


class DeploymentIn(Body):
    """The release by its id, or by its service and version; the environment by id or name."""

    release_id: Reference | None = None
    service_id: Reference | None = None
    service: Name | None = None
    version: VersionText | None = None
    environment_id: Reference | None = None
    environment: Name | None = None
    scheduled_at: AwareDatetime | None = Field(None, description="Not before this time.")
    reason: Reason = ""
    incident_id: Reference | None = Field(None, description="It is made because of this incident.")
    is_emergency: Flag = Field(False, description="By the emergency rules; takes an open incident.")

    @model_validator(mode="after")
    def _named_once(self) -> "DeploymentIn":
        by_version = self.version is not None and (self.service_id is None) != (self.service is None)
        names = [self.service_id, self.service, self.version]
        if (self.release_id is not None) == by_version or (self.release_id is not None and any(names)):
            raise ValueError("name the release once: release_id, or service_id or service and version")
        if (self.environment_id is None) == (self.environment is None):
            raise ValueError("name the environment once: environment_id or environment")
        return self


class ReasonIn(Body):
    reason: Reason = ""


class RollbackIn(Body):
    reason: Said
    release_id: Reference | None = Field(None, description="Else what ran there before.")
    incident_id: Reference | None = None


class ClaimIn(Body):
    agent: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = Field(
        "", description="What the agent is called, where it is shown."
    )


class FailureIn(Body):
    cause: Said


class ReviewIn(Body):
    review: Said


class StageIn(Body):
    name: Name | None = None
    state: Literal["running", "succeeded", "failed", "skipped"] | None = None
    log: Log = ""


class DeploymentLine(BaseModel):
    id: int
    service_id: int
    service: str
    release_id: int
    version: str = Field(validation_alias="semver", description="The release's.")
    environment_id: int
    environment: str
    state: State
    status: Status = Field(description="`state`; `superseded` or `rolled_back` where another success took its place.")
    requester_id: int | None
    requester: str | None
    reason: str
    content_hash: str = Field(description="What was asked for, and what approvals are for.")
    scheduled_at: datetime | None
    approval_until: datetime | None = Field(description="So long it waits for approvals.")
    is_rollback: bool
    is_emergency: bool
    incident_id: int | None
    previous_id: int | None = Field(description="What ran there before it succeeded.")
    retry_of_id: int | None
    rollback_of_id: int | None
    agent: str | None
    lease_until: datetime | None
    heartbeat_at: datetime | None
    created_at: datetime
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    cause: str
    reviewed_at: datetime | None


class ChangeOut(BaseModel):
    id: int
    at: datetime
    action: str
    before: str | None
    after: str
    by: int | None
    by_name: str
    reason: str
    details: dict[str, Any]


class StageOut(BaseModel):
    number: int
    name: str
    state: str
    started_at: datetime
    ended_at: datetime | None


class StageLog(StageOut):
    log: str


class DeploymentOut(DeploymentLine):
    reviewed_by: str | None
    review: str
    stages: list[StageOut]
    log: list[ChangeOut]
    approvals: list[ApprovalOut]


class DeploymentPage(BaseModel):
    items: list[DeploymentLine]
    total: int
    next_cursor: str | None


class LeaseOut(BaseModel):
    id: int
    state: State
    lease_until: datetime | None = Field(description="Send a heartbeat before.")


class LogOut(BaseModel):
    changes: list[ChangeOut]
    stages: list[StageLog] = Field(description="Each with the last 65,536 characters that it wrote.")


class RuleOut(BaseModel):
    rule: str = Field(description="The kind of rule, such as `approvals` or `freeze`.")
    name: str
    state: Literal["satisfied", "missing", "refused"]
    by: list[str] = Field(description="Who or what satisfies it.")
    missing: str = Field(description="What would satisfy it; empty where it is.")
    until: datetime | None = Field(description="When that changes by itself, such as the end of a freeze.")


class ExplanationOut(BaseModel):
    deployment_id: int
    state: State
    at: datetime
    may_start: bool = Field(description="Whether a claim at this moment would start it.")
    rules: list[RuleOut]


class ActionOut(BaseModel):
    action: str
    target: str
    allowed: bool
    reasons: list[str]
