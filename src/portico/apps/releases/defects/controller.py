"""The defect routes."""

from typing import Annotated, Any

from fastapi import Query, Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.defects import reads
from portico.apps.releases.defects.schemas import DefectIn, DefectOut, DefectPage, ResolutionIn
from portico.apps.releases.defects.service import DefectNotFound, DefectService
from portico.apps.releases.releases import reads as releases
from portico.apps.releases.releases.service import ReleaseNotFound
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.etags import tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

defects = router(prefix="/api/v1", tags=["defects"])


@defects.get(
    "/releases/{release_id}/defects", response_model=DefectPage, summary="Defects of a release, the newest first"
)  # fmt: skip
async def list_defects(
    release_id: Id,
    access: ReadAccess,
    reading: Reading,
    is_open: Annotated[bool | None, Query(alias="open", description="Those that nobody has resolved, or the rest.")]
    = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:  # fmt: skip
    existing(await releases.release(reading, release_id), ReleaseNotFound())
    return await reads.defects(reading, release_id, is_open=is_open, limit=limit, cursor=cursor)


@defects.post(
    "/releases/{release_id}/defects", status_code=201, response_model=DefectOut, summary="Report a defect",
    dependencies=[Once],
)  # fmt: skip
async def report_defect(
    release_id: Id, body: DefectIn, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    defect_id = await DefectService(write, access, now).report(release_id, **body.model_dump())
    return await _shown(await write.connection(), defect_id, response)


@defects.get("/defects/{defect_id}", response_model=DefectOut, summary="One defect")
async def get_defect(defect_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, defect_id, response)


@defects.post(
    "/defects/{defect_id}/resolve", response_model=DefectOut, summary="Resolve a defect", dependencies=[Once]
)  # fmt: skip
async def resolve_defect(
    defect_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response, body: ResolutionIn | None = None
) -> Any:
    await DefectService(write, access, now).resolve(defect_id, body.resolution if body else "")
    return await _shown(await write.connection(), defect_id, response)


async def _shown(connection: Connection, defect_id: int, response: Response) -> Any:
    return tagged(response, await reads.defect(connection, defect_id), DefectNotFound(defect_id))
