"""The routes that tell what runs where."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime

from portico.apps.releases.access import ReadAccess
from portico.apps.releases.environments.reads import environment
from portico.apps.releases.environments.service import EnvironmentNotFound
from portico.apps.releases.matrix import reads
from portico.apps.releases.matrix.schemas import MatrixOut, StateOut
from portico.kernel.errors import existing
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import IdFilter
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading

matrix = router(prefix="/api/v1", tags=["matrix"])

At = Annotated[AwareDatetime | None, Query(description="A time with its zone; now without it.")]


@matrix.get("/matrix", response_model=MatrixOut, summary="Which version of each service runs in each environment")
async def get_matrix(reading: Reading, access: ReadAccess, now: Now, team: IdFilter = None, at: At = None) -> Any:
    return await reads.matrix(reading, at=_past(at, now), team_id=team)


@matrix.get("/environments/{environment_id}/state", response_model=StateOut, summary="What runs, or ran, there")
async def get_state(environment_id: Id, reading: Reading, access: ReadAccess, now: Now, at: At = None) -> Any:
    found = existing(await environment(reading, environment_id), EnvironmentNotFound(environment_id))
    when = _past(at, now)
    services = await reads.state(reading, environment_id, at=when)
    return {"environment_id": environment_id, "environment": found["name"], "at": when, "services": services}


def _past(at: datetime | None, now: datetime) -> datetime:
    return now if at is None else min(at, now)
