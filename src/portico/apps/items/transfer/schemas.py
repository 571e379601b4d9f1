"""What comes out of the transfer routes."""

from pydantic import BaseModel, Field

from portico.kernel.job_routes import Status


class QueuedOut(BaseModel):
    job_id: int = Field(description="For `GET /jobs/{job_id}`, where its progress is, and for its report.")


class ReportOut(BaseModel):
    job_id: int
    status: Status
    imported: int = Field(description="How many rows have become items so far.")
    rejected: int = Field(description="How many have not; `errors` below this path says why.")
    error: str | None = Field(description="Why the file as a whole could not be taken.")
