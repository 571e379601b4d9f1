"""The release routes."""

from typing import Any

from fastapi import Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.releases import reads
from portico.apps.releases.releases.notes import notes_of
from portico.apps.releases.releases.progress import progress
from portico.apps.releases.releases.schemas import (
    ActionOut,
    ChangePage,
    DeploymentPage,
    History,
    Progress,
    ReasonIn,
    ReleaseIn,
    ReleaseOut,
    ReleasePage,
    ReleasePatch,
    State,
    WithdrawnOut,
)
from portico.apps.releases.releases.service import ReleaseNotFound, ReleaseService, possibilities
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.etags import Matching, version_tag
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

releases = router(prefix="/api/v1/releases", tags=["releases"])


@releases.get("", response_model=ReleasePage, summary="Releases, the highest version of each service first")
async def list_releases(
    access: ReadAccess,
    reading: Reading,
    service: IdFilter = None,
    state: State | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.releases(reading, service_id=service, state=state, limit=limit, cursor=cursor)


@releases.post("", status_code=201, response_model=ReleaseOut, summary="Draft a release", dependencies=[Once])
async def create_release(body: ReleaseIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    release_id = await ReleaseService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), release_id, response)


@releases.get("/{release_id}", response_model=ReleaseOut, summary="One release")
async def get_release(release_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, release_id, response)


@releases.put("/{release_id}", response_model=ReleaseOut, summary="Change some of a draft")
async def change_release(
    release_id: Id, body: ReleasePatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await ReleaseService(write, access).change(release_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), release_id, response)


@releases.delete("/{release_id}", status_code=204, summary="Remove a draft")
async def delete_release(release_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await ReleaseService(write, access).delete(release_id, match)


@releases.post(
    "/{release_id}/candidate", response_model=ReleaseOut, summary="Fix what a draft is, by its hash",
    dependencies=[Once],
)  # fmt: skip
async def make_candidate(release_id: Id, write: Writing, access: WriteAccess, response: Response) -> Any:
    await ReleaseService(write, access).make_candidate(release_id)
    return await _shown(await write.connection(), release_id, response)


@releases.post(
    "/{release_id}/publish", response_model=ReleaseOut, summary="Publish: it never changes again",
    dependencies=[Once],
)  # fmt: skip
async def publish_release(release_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    await ReleaseService(write, access).publish(release_id, now)
    return await _shown(await write.connection(), release_id, response)


@releases.post(
    "/{release_id}/withdraw", response_model=WithdrawnOut, summary="Withdraw, and see where it still runs",
    dependencies=[Once],
)  # fmt: skip
async def withdraw_release(
    release_id: Id, write: Writing, access: WriteAccess, response: Response, body: ReasonIn | None = None
) -> Any:
    running = await ReleaseService(write, access).withdraw(release_id, body.reason if body else "")
    return {**await _shown(await write.connection(), release_id, response), "still_running": running}


@releases.post(
    "/{release_id}/archive", response_model=ReleaseOut, summary="Archive what runs nowhere",
    dependencies=[Once],
)  # fmt: skip
async def archive_release(release_id: Id, write: Writing, access: WriteAccess, response: Response) -> Any:
    await ReleaseService(write, access).archive(release_id)
    return await _shown(await write.connection(), release_id, response)


@releases.get("/{release_id}/changes", response_model=ChangePage, summary="The commits that are new in a release")
async def list_changes(
    release_id: Id, access: ReadAccess, reading: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    await _existing(reading, release_id)
    return await reads.part_of_changes(reading, release_id, limit=limit, cursor=cursor)


@releases.get("/{release_id}/deployments", response_model=DeploymentPage, summary="Where a release was sent")
async def list_deployments(
    release_id: Id, access: ReadAccess, reading: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    await _existing(reading, release_id)
    return await reads.deployments(reading, release_id, limit=limit, cursor=cursor)


@releases.get("/{release_id}/progress", response_model=Progress, summary="How far a release is in its lifecycle")
async def get_progress(release_id: Id, access: ReadAccess, reading: Reading, now: Now) -> Any:
    return existing(await progress(reading, release_id, now), ReleaseNotFound())


@releases.get("/{release_id}/history", response_model=History, summary="What was done to a release, and by whom")
async def get_history(
    release_id: Id, access: ReadAccess, reading: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    await _existing(reading, release_id)
    return await reads.history(reading, release_id, limit=limit, cursor=cursor)


@releases.get(
    "/{release_id}/notes.md", summary="Release notes", response_class=Response,
    responses={200: {"description": "Markdown.", "content": {"text/markdown": {"schema": {"type": "string"}}}}},
)  # fmt: skip
async def get_notes(release_id: Id, access: ReadAccess, reading: Reading) -> Response:
    release = await _existing(reading, release_id)
    text = notes_of(release, await reads.changes(reading, release_id))
    return Response(text, headers={"content-type": "text/markdown; charset=utf-8"})


@releases.get("/{release_id}/actions", response_model=list[ActionOut], summary="What you may do with a release now")
async def list_actions(release_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return possibilities(await _existing(reading, release_id), access)


async def _existing(connection: Connection, release_id: int) -> Any:
    return existing(await reads.release(connection, release_id), ReleaseNotFound())


async def _shown(connection: Connection, release_id: int, response: Response) -> Any:
    row = await _existing(connection, release_id)
    response.headers["ETag"] = version_tag(row["etag"])
    return row
