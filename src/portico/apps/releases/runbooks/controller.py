"""The routes of runbooks and of their runs."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.runbooks import reads
from portico.apps.releases.runbooks.schemas import (
    RunbookIn,
    RunbookOut,
    RunbookPage,
    RunbookPatch,
    RunIn,
    RunOut,
    RunPage,
    StepReportIn,
)
from portico.apps.releases.runbooks.service import RunbookNotFound, RunbookService, RunNotFound
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

runbooks = router(prefix="/api/v1/runbooks", tags=["runbooks"])
runbook_runs = router(prefix="/api/v1/runbook-runs", tags=["runbooks"])


async def _service(write: Writing, access: WriteAccess, now: Now) -> RunbookService:
    return RunbookService(write, access, now)


Runbooks = Annotated[RunbookService, Depends(_service)]


@runbooks.get("", response_model=RunbookPage, summary="Runbooks, the newest first")
async def list_runbooks(
    access: ReadAccess, reading: Reading, service_id: IdFilter = None, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    return await reads.runbooks(reading, service_id=service_id, limit=limit, cursor=cursor)


@runbooks.post("", status_code=201, response_model=RunbookOut, summary="Write a runbook", dependencies=[Once])
async def create_runbook(body: RunbookIn, service: Runbooks, write: Writing, response: Response) -> Any:
    runbook_id = await service.create(**body.model_dump())
    return await _shown(await write.connection(), runbook_id, response)


@runbooks.get("/{runbook_id}", response_model=RunbookOut, summary="One runbook")
async def get_runbook(runbook_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, runbook_id, response)


@runbooks.put("/{runbook_id}", response_model=RunbookOut, summary="Change some of a runbook")
async def change_runbook(
    runbook_id: Id, body: RunbookPatch, service: Runbooks, write: Writing, match: Matching, response: Response
) -> Any:
    await service.change(runbook_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), runbook_id, response)


@runbooks.delete("/{runbook_id}", status_code=204, summary="Remove a runbook that nobody has followed")
async def delete_runbook(runbook_id: Id, service: Runbooks, match: Matching) -> None:
    await service.delete(runbook_id, match)


@runbooks.post(
    "/{runbook_id}/runs", status_code=201, response_model=RunOut, summary="Begin to follow a runbook",
    dependencies=[Once],
)  # fmt: skip
async def start_run(
    runbook_id: Id, service: Runbooks, write: Writing, response: Response, body: RunIn | None = None
) -> Any:
    run_id = await service.start(runbook_id, **(body or RunIn()).model_dump())
    return await _shown_run(await write.connection(), run_id, response)


@runbook_runs.get("", response_model=RunPage, summary="Runs of runbooks, the newest first")
async def list_runs(
    access: ReadAccess,
    reading: Reading,
    runbook_id: IdFilter = None,
    incident_id: IdFilter = None,
    deployment_id: IdFilter = None,
    is_open: Annotated[bool | None, Query(alias="open", description="Those that go on, or the rest.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"runbook_id": runbook_id, "incident_id": incident_id, "deployment_id": deployment_id, "open": is_open}
    return await reads.runs(reading, filters, limit=limit, cursor=cursor)


@runbook_runs.get("/{run_id}", response_model=RunOut, summary="One run of a runbook")
async def get_run(run_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown_run(reading, run_id, response)


@runbook_runs.patch("/{run_id}/steps/{number}", response_model=RunOut, summary="Say that a step is done, or skipped")
async def settle_step(
    run_id: Id, number: Id, body: StepReportIn, service: Runbooks, write: Writing, match: Matching, response: Response
) -> Any:
    await service.settle(run_id, number, match, state=body.state, note=body.note)
    return await _shown_run(await write.connection(), run_id, response)


@runbook_runs.post("/{run_id}/end", response_model=RunOut, summary="End a run of a runbook", dependencies=[Once])
async def end_run(run_id: Id, service: Runbooks, write: Writing, response: Response) -> Any:
    await service.end(run_id)
    return await _shown_run(await write.connection(), run_id, response)


async def _shown(connection: Connection, runbook_id: int, response: Response) -> Any:
    return tagged(response, await reads.runbook(connection, runbook_id), RunbookNotFound(runbook_id))


async def _shown_run(connection: Connection, run_id: int, response: Response) -> Any:
    return tagged(response, await reads.run(connection, run_id), RunNotFound())
