"""What goes in and out of the import routes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from portico.kernel.job_routes import ProgressOut, Status


class GitImportIn(BaseModel):
    """One of the two, or neither: then the service's `repository_url`."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str | None, Field(max_length=2000, examples=["https://github.com/pallets/click.git"])] = None
    path: Annotated[str | None, Field(max_length=1000, description="Below GIT_IMPORT_ROOT.")] = None

    @model_validator(mode="after")
    def _one(self) -> "GitImportIn":
        if self.url is not None and self.path is not None:
            raise ValueError("give url or path, not both")
        return self


class QueuedOut(BaseModel):
    job_id: int = Field(description="For `GET /jobs/{job_id}`, where its progress is, and for its report.")


class FindingOut(BaseModel):
    tag: str
    kind: Literal["too_small", "order", "duplicate", "moved", "draft"] = Field(
        description="too_small: its commits ask for a higher version; order: by the history it comes after a higher "
        "version; duplicate: another tag is the same version; moved: the release here is another commit, and stays; "
        "draft: a draft here has this version, and stays."
    )
    message: str


class ReportOut(BaseModel):
    job_id: int
    service_id: int
    source: str
    status: Status
    error: str | None = Field(description="Why the last try failed.")
    progress: ProgressOut | None = Field(description="In versions.")
    imported: int = Field(description="How many releases were made.")
    unchanged: int | None = Field(description="How many were here already; null until it has ended.")
    passed_over: int | None = Field(description="How many tags are no versions with the service's prefix.")
    findings: list[FindingOut] = Field(description="What is strange about the tags: nothing was corrected.")
