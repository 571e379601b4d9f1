"""The piece routes. Most changes of their states are reported at an operation; here a supervisor puts one right."""

from typing import Any

from fastapi import Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.fields import CodeFilter, Deleted, Search
from portico.apps.factory.permissions import Action
from portico.apps.factory.projects import reads
from portico.apps.factory.projects.deletion import DeletionService
from portico.apps.factory.projects.errors import PieceNotFound
from portico.apps.factory.projects.levels import PIECE
from portico.apps.factory.projects.piece_service import PieceService, possibilities
from portico.apps.factory.projects.schemas import ActionOut, PieceIn, PieceOut, PiecePage, PiecePatch, State
from portico.apps.factory.projects.service import ProjectService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

pieces = router(prefix="/api/v1/pieces", tags=["pieces"])


@pieces.get("", response_model=PiecePage, summary="Pieces, the newest first")
async def list_pieces(
    access: ReadAccess,
    reading: Reading,
    project: IdFilter = None,
    component: IdFilter = None,
    assembly: IdFilter = None,
    article: IdFilter = None,
    work_order: IdFilter = None,
    lot: IdFilter = None,
    state: State | None = None,
    barcode: CodeFilter = None,
    trolley: CodeFilter = None,
    profile: CodeFilter = None,
    search: Search = None,
    deleted: Deleted = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {
        "project_id": project, "component_id": component, "assembly_id": assembly, "article_id": article,
        "work_order_id": work_order, "lot_id": lot, "state": state, "barcode": barcode, "trolley": trolley,
        "profile": profile, "search": search, "deleted": deleted,
    }  # fmt: skip
    return await reads.pieces(reading, filters, limit=limit, cursor=cursor)


@pieces.post("", status_code=201, response_model=PieceOut, summary="Add a piece", dependencies=[Once])
async def create_piece(body: PieceIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    piece_id = await ProjectService(write, access).create(PIECE, **body.model_dump())
    return await _shown(await write.connection(), piece_id, response)


@pieces.get("/{piece_id}", response_model=PieceOut, summary="One piece, deleted or not")
async def get_piece(piece_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, piece_id, response)


@pieces.get("/{piece_id}/actions", response_model=list[ActionOut], summary="What may be done with a piece now")
async def list_actions(piece_id: Id, access: ReadAccess, reading: Reading) -> Any:
    row = existing(await reads.piece(reading, piece_id), PieceNotFound(piece_id))
    return possibilities(row, access)


@pieces.put("/{piece_id}", response_model=PieceOut, summary="Change some of a piece")
async def change_piece(
    piece_id: Id, body: PiecePatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await ProjectService(write, access).change(PIECE, piece_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), piece_id, response)


@pieces.post(
    "/{piece_id}/replace", status_code=201, response_model=PieceOut, dependencies=[Once],
    summary="Plan a piece in the place of one that is scrapped",
)  # fmt: skip
async def replace_piece(piece_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    access.require(Action.PLAN)  # an operator's scrap is reported at an operation
    made = await PieceService(write, access, now).replace(piece_id)
    return await _shown(await write.connection(), made, response)


@pieces.delete("/{piece_id}", status_code=204, summary="Delete a piece softly")
async def delete_piece(piece_id: Id, write: Writing, access: WriteAccess, match: Matching, now: Now) -> None:
    await DeletionService(write, access, now).delete(PIECE, piece_id, match)


@pieces.post("/{piece_id}/restore", response_model=PieceOut, summary="Bring a piece back", dependencies=[Once])
async def restore_piece(piece_id: Id, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    await DeletionService(write, access, now).restore(PIECE, piece_id)
    return await _shown(await write.connection(), piece_id, response)


async def _shown(connection: Connection, piece_id: int, response: Response) -> Any:
    return tagged(response, await reads.piece(connection, piece_id), PieceNotFound(piece_id))
