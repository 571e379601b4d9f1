"""The routes of an app's jobs, for whoever they belong to."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, params
from pydantic import BaseModel, Field

from portico.kernel import job_status
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

Status = Literal["queued", "running", "cancelling", "succeeded", "failed", "cancelled"]


class ProgressOut(BaseModel):
    done: int
    total: int


class JobOut(BaseModel):
    id: int
    name: str
    status: Status
    progress: ProgressOut | None = Field(description="How much is done, of how much; null as long as nobody knows.")
    error: str | None = Field(description="Why the last try failed.")
    created: datetime
    started: datetime | None = Field(description="When the last try began.")
    ended: datetime | None
    attempts: int = Field(description="How often it was begun.")


def job_routes(*, reading_owner: params.Depends, writing_owner: params.Depends, prefix: str = "/jobs") -> APIRouter:
    """`GET /jobs/{id}` and `POST /jobs/{id}/cancel`. Jobs of others are 404.

    Each argument is a `Depends` that gives the caller's key, on the connection of a read and of a write. Apps take
    `job_router` of identity, which has both.
    """
    routes = router(prefix=prefix, tags=["jobs"])

    @routes.get("/{job_id}", response_model=JobOut, summary="One of your jobs")
    async def get_job(job_id: Id, request: Request, reading: Reading, owner: Annotated[str, reading_owner]) -> Any:
        return await job_status.show(reading, job_id, app=request.app.state.name, owner=owner)

    @routes.post("/{job_id}/cancel", response_model=JobOut, summary="Cancel one of your jobs")
    async def cancel_job(job_id: Id, request: Request, write: Writing, owner: Annotated[str, writing_owner]) -> Any:
        return await job_status.cancel(await write.connection(), job_id, app=request.app.state.name, owner=owner)

    return routes
