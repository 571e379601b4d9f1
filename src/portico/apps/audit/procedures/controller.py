"""The procedure routes."""

from typing import Annotated, Any

from fastapi import Depends, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.permissions import Access
from portico.apps.audit.procedures import reads
from portico.apps.audit.procedures.schemas import Pack, ProcedureIn, ProcedureOut, ProcedurePage, ProcedurePatch
from portico.apps.audit.procedures.service import ProcedureNotFound, ProcedureService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

procedures = router(prefix="/api/v1", tags=["procedures"])
OF_ENGAGEMENT, ONE = "/engagements/{engagement_id}/procedures", "/procedures/{procedure_id}"


async def _service(write: Writing, access: WriteAccess) -> ProcedureService:
    return ProcedureService(write, access)


Procedures = Annotated[ProcedureService, Depends(_service)]


@procedures.get(OF_ENGAGEMENT, response_model=ProcedurePage, summary="Procedures, the newest first")
async def list_procedures(
    engagement_id: Id,
    access: ReadAccess,
    reading: Reading,
    pack: Pack | None = None,
    requirement_id: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await look(reading, access, engagement_id)
    filters = {"engagement": engagement_id, "pack": pack, "requirement": requirement_id}
    return await reads.procedures(reading, filters, limit=limit, cursor=cursor)


@procedures.post(
    OF_ENGAGEMENT, status_code=201, response_model=ProcedureOut, summary="Add a procedure", dependencies=[Once]
)  # fmt: skip
async def add_procedure(
    engagement_id: Id, body: ProcedureIn, service: Procedures, write: Writing, access: WriteAccess, response: Response
) -> Any:
    procedure_id = await service.create(engagement_id, **body.model_dump())
    return await _shown(await write.connection(), access, procedure_id, response)


@procedures.get(ONE, response_model=ProcedureOut, summary="One procedure")
async def get_procedure(procedure_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, access, procedure_id, response)


@procedures.patch(ONE, response_model=ProcedureOut, summary="Change some of a procedure")
async def change_procedure(
    procedure_id: Id, body: ProcedurePatch, service: Procedures, write: Writing, access: WriteAccess, match: Matching,
    response: Response,
) -> Any:  # fmt: skip
    await service.change(procedure_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), access, procedure_id, response)


@procedures.delete(ONE, status_code=204, summary="Remove a procedure on which nothing rests")
async def remove_procedure(procedure_id: Id, service: Procedures, match: Matching) -> None:
    await service.remove(procedure_id, match)


async def _shown(connection: Connection, access: Access, procedure_id: int, response: Response) -> Any:
    row = await reads.procedure(connection, access.user_id, procedure_id)
    return tagged(response, row, ProcedureNotFound(procedure_id))
