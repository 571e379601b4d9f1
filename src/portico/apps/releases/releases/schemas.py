"""What goes in and out of the release routes."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from portico.apps.releases.semver import VersionText
from portico.kernel.listing import Listed

GitSha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$", description="A commit, in full.")]
State = Literal["draft", "candidate", "published", "blocked", "withdrawn", "archived"]
Status = Literal[
    "draft", "candidate", "published", "blocked", "withdrawn", "archived", "deployed", "superseded", "failed"
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Artifact(Strict):
    name: Annotated[str, Field(min_length=1, max_length=300, examples=["registry.example.com/shop/api"])]
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class ChangeIn(Strict):
    sha: GitSha
    message: Annotated[str, Field(min_length=1, max_length=20_000, description="The whole commit message.")]
    author: Annotated[str, Field(max_length=300)] = ""
    committed_at: AwareDatetime | None = None


def _distinct(artifacts: list[Artifact]) -> list[Artifact]:
    twice = [name for name, count in Counter(each.name for each in artifacts).items() if count > 1]
    if twice:
        raise ValueError(f"name each artifact once: {twice[0]}")
    return artifacts


def _once_each(changes: list[ChangeIn]) -> list[ChangeIn]:
    if len({each.sha for each in changes}) < len(changes):
        raise ValueError("name each commit once")
    return changes


Artifacts = Annotated[list[Artifact], Field(max_length=200), AfterValidator(_distinct)]
Changes = Annotated[
    list[ChangeIn], Field(description="In order, as many as the body may hold."), AfterValidator(_once_each)
]
Notes = Annotated[str, Field(max_length=100_000, description="Markdown. Empty: made from the changes where shown.")]


class ReleaseIn(Strict):
    service_id: int
    version: VersionText
    git_sha: GitSha | Literal[""] = ""
    artifacts: Artifacts = []
    notes: Notes = ""
    changes: Changes = []


class ReleasePatch(Strict):
    version: VersionText = ""
    git_sha: GitSha | Literal[""] = ""
    artifacts: Artifacts = []
    notes: Notes = ""
    changes: Changes = []


class ReasonIn(Strict):
    reason: Annotated[str, Field(max_length=2000)] = ""


class ReleaseLine(BaseModel):
    id: int
    service_id: int
    service: str
    version: str
    git_sha: str
    state: State
    status: Status = Field(
        description="`state`, and what has become of a published one: deployed where it runs somewhere, superseded "
        "where it ran and does no more, failed where it never did and its last deployment failed."
    )
    content_hash: str | None = Field(description="SHA-256 over what is deployed; null for a draft.")
    is_prerelease: bool
    is_imported: bool
    created_at: datetime
    published_at: datetime | None
    tagged_at: datetime | None = Field(description="What the repository says of an imported one.")


class ReleaseOut(ReleaseLine):
    artifacts: list[Artifact]
    notes: str
    changes: int = Field(description="How many there are: see `/changes`.")
    created_by: str | None
    published_by: str | None


class ReleasePage(Listed):
    items: list[ReleaseLine]


class ChangeOut(BaseModel):
    sha: str
    kind: str
    scope: str
    is_breaking: bool
    subject: str
    author: str
    committed_at: datetime | None


class ChangePage(Listed):
    items: list[ChangeOut]


class Running(BaseModel):
    environment_id: int
    environment: str
    deployment_id: int
    state: Literal["succeeded", "running"] = Field(description="running: it is just being brought there.")
    since: datetime


class WithdrawnOut(ReleaseOut):
    still_running: list[Running] = Field(description="Where it runs all the same: deploy something else there.")


class DeploymentLine(BaseModel):
    id: int
    environment_id: int
    environment: str
    state: str
    requester: str | None
    is_rollback: bool
    is_emergency: bool
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cause: str


class DeploymentPage(Listed):
    items: list[DeploymentLine]


class Stay(BaseModel):
    environment_id: int
    environment: str
    deployment_id: int | None = Field(description="The success whose stay counts; null where it never ran there.")
    since: datetime | None
    until: datetime | None = Field(description="When another release took its place.")


class PhaseOut(BaseModel):
    position: int
    name: str
    is_optional: bool
    minimum_environments: int
    soak_minutes: int
    state: Literal["satisfied", "missing", "refused"]
    by: list[str]
    missing: str
    until: datetime | None = Field(description="When it is satisfied by itself, if nothing comes between.")
    environments: list[Stay]


class Progress(BaseModel):
    release_id: int
    lifecycle_id: int | None = Field(description="That of the first channel whose range has the version.")
    phases: list[PhaseOut]
    open_defects: int = Field(description="One is enough to keep it from going on.")


class EventOut(BaseModel):
    id: int
    at: datetime
    by: str
    action: str
    details: dict[str, Any]


class History(BaseModel):
    items: list[EventOut]
    next_cursor: str | None


class ActionOut(BaseModel):
    action: str
    target: str
    allowed: bool
    reasons: list[str]
