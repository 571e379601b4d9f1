"""What goes in and out of the service routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from portico.apps.releases.semver import RangeText
from portico.kernel.inputs import Body, Description, Name, NoBoolean, Reference
from portico.kernel.listing import Listed

Tier = Annotated[int, Field(ge=1, le=4, description="1 is the most important."), NoBoolean]
Versioning = Literal["semver"]
TagPrefix = Annotated[str, Field(max_length=50, description="What stands before the version in a tag of the git.")]
ADDRESS = r"^(https?|ssh|git)://\S+$|^[\w.-]+@[\w.-]+:\S+$"
Repository = Annotated[str, Field(max_length=500, pattern=ADDRESS, description="Imports take one with https.")]
Position = Annotated[
    int, Field(ge=1, le=100, description="Its place among the channels; the end without it."), NoBoolean
]


class ServiceIn(Body):
    name: Name
    team_id: Reference
    description: Description = ""
    repository_url: Repository | None = None
    tier: Tier = 3
    versioning: Versioning = "semver"
    tag_prefix: TagPrefix = "v"
    lifecycle_id: Reference | None = Field(default=None, description="Of versions that no channel takes.")


class ServicePatch(Body):
    """Some of a service, for PUT. What is absent stays as it is."""

    name: Name = ""
    team_id: Reference = 1
    description: Description = ""
    repository_url: Repository | None = None
    tier: Tier = 3
    versioning: Versioning = "semver"
    tag_prefix: TagPrefix = "v"
    lifecycle_id: Reference | None = None


class ServiceOut(BaseModel):
    id: int
    name: str
    description: str
    team_id: int
    team: str
    repository_url: str | None
    tier: int
    versioning: Versioning
    tag_prefix: str
    lifecycle_id: int | None
    lifecycle: str | None
    created_at: datetime


class ServicePage(Listed):
    items: list[ServiceOut]


class ChannelIn(Body):
    name: Name
    version_range: RangeText
    lifecycle_id: Reference
    position: Position | None = None


class ChannelPatch(Body):
    """Some of a channel, for PUT. What is absent stays as it is."""

    name: Name = ""
    version_range: RangeText = "*"
    lifecycle_id: Reference = 1
    position: Position = 1


class ChannelOut(BaseModel):
    id: int
    position: int
    name: str
    version_range: str
    lifecycle_id: int
    lifecycle: str
    created_at: datetime
