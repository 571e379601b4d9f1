"""The routes of scrap reasons."""

from typing import Any

from fastapi import Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.scrap_reasons import reads
from portico.apps.factory.scrap_reasons.schemas import ScrapReasonIn, ScrapReasonOut, ScrapReasonPatch
from portico.apps.factory.scrap_reasons.service import ScrapReasonNotFound, ScrapReasonService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

scrap_reasons = router(prefix="/api/v1/scrap-reasons", tags=["scrap reasons"])


@scrap_reasons.get("", response_model=list[ScrapReasonOut], summary="All scrap reasons")
async def list_scrap_reasons(reading: Reading, access: ReadAccess) -> Any:
    return await reads.scrap_reasons(reading)


@scrap_reasons.post(
    "", status_code=201, response_model=ScrapReasonOut, summary="Add a scrap reason", dependencies=[Once]
)
async def create_scrap_reason(body: ScrapReasonIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    reason_id = await ScrapReasonService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), reason_id, response)


@scrap_reasons.get("/{reason_id}", response_model=ScrapReasonOut, summary="One scrap reason")
async def get_scrap_reason(reason_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, reason_id, response)


@scrap_reasons.put("/{reason_id}", response_model=ScrapReasonOut, summary="Change some of a scrap reason")
async def change_scrap_reason(
    reason_id: Id, body: ScrapReasonPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await ScrapReasonService(write, access).change(reason_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), reason_id, response)


@scrap_reasons.delete("/{reason_id}", status_code=204, summary="Remove a scrap reason that no report gives")
async def delete_scrap_reason(reason_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await ScrapReasonService(write, access).delete(reason_id, match)


async def _shown(connection: Connection, reason_id: int, response: Response) -> Any:
    return tagged(response, await reads.scrap_reason(connection, reason_id), ScrapReasonNotFound(reason_id))
