"""What goes in and out of the route of the next version."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from portico.apps.releases.semver import VersionText

WordText = Annotated[str, Field(max_length=30, pattern=r"^[0-9]*[A-Za-z-][0-9A-Za-z-]*$", examples=["rc"])]


class CommitIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    message: Annotated[str, Field(min_length=1, max_length=20_000, description="The whole commit message.")]
    sha: Annotated[str, Field(pattern=r"^[0-9a-f]{7,64}$")] | None = None


class RangeIn(BaseModel):
    """Releases of the service above `after`, up to `until`: their changes are the commits."""

    model_config = ConfigDict(extra="forbid")

    after: VersionText | None = Field(None, description="By default the last final version.")
    until: VersionText | None = None


class NextVersionIn(BaseModel):
    """The commits since the last release, or a range of what is recorded here; neither: all since the last release."""

    model_config = ConfigDict(extra="forbid")

    commits: list[CommitIn] | None = Field(None, description="As many as the body may hold.")
    range: RangeIn | None = None
    pre: WordText | None = Field(None, description="Ask for a pre-release with this word and a number: `1.3.0-rc.1`.")

    @model_validator(mode="after")
    def _one(self) -> "NextVersionIn":
        if self.commits is not None and self.range is not None:
            raise ValueError("give commits or range, not both")
        return self


class WeighedOut(BaseModel):
    sha: str | None
    kind: str = Field(description="In lower case; empty for a message that is not conventional.")
    scope: str
    is_breaking: bool
    subject: str
    bump: Literal["major", "minor", "patch"] | None
    reason: str


class NextVersionOut(BaseModel):
    service_id: int
    current: str | None = Field(description="The last final version that counts from.")
    version: str | None = Field(description="The next one; null where there is nothing to release.")
    bump: Literal["major", "minor", "patch"] | None = Field(description="The highest that a commit asks for.")
    reason: str
    release_id: int | None = Field(description="The draft that has this version already.")
    commits: list[WeighedOut]
