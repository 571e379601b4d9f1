"""The routes of recalls."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.recalls import lists, reads
from portico.apps.factory.recalls.schemas import AffectedPage, FrozenUnitPage, RecallIn, RecallOut, RecallPage
from portico.apps.factory.recalls.service import RecallNotFound, recall, roots
from portico.identity.public import Once
from portico.kernel.errors import existing
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit, seal, unseal
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

recalls = router(prefix="/api/v1", tags=["recalls"])
LotName = Annotated[str | None, Query(max_length=100, description="The code of a lot, or its id.")]
SupplierLot = Annotated[str | None, Query(max_length=200, description="What the supplier calls it.")]
Many = Annotated[int, Query(ge=1, le=1000)]


@recalls.get("/recall", response_model=AffectedPage, summary="Every unit that a lot is in, where it is and who has it")
async def show_affected(
    reading: Reading,
    access: ReadAccess,
    lot: LotName = None,
    supplier_lot: SupplierLot = None,
    limit: Many = 100,
    cursor: Cursor = None,
) -> Any:
    found = await roots(reading, lot=lot, supplier_lot=supplier_lot)
    return await reads.affected(reading, found, limit=limit, cursor=cursor)


@recalls.get("/recall.csv", summary="The same as CSV", response_class=Response, responses=lists.ANSWERS)
async def export_affected(
    request: Request,
    reading: Reading,
    access: ReadAccess,
    lot: LotName = None,
    supplier_lot: SupplierLot = None,
) -> Response:
    return lists.affected(request, await roots(reading, lot=lot, supplier_lot=supplier_lot))


@recalls.get("/recalls", response_model=RecallPage, summary="Recalls, the newest first")
async def list_recalls(reading: Reading, access: ReadAccess, limit: Limit = 50, cursor: Cursor = None) -> Any:
    return await reads.recalls(reading, limit=limit, cursor=cursor)


@recalls.post(
    "/recalls", status_code=201, response_model=RecallOut, summary="Block what is on hand, and freeze the list",
    dependencies=[Once],
)  # fmt: skip
async def make_recall(body: RecallIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    made = await recall(write, access, now, **body.model_dump())
    return await reads.recall(await write.connection(), made)


@recalls.get("/recalls/{recall_id}", response_model=RecallOut, summary="One recall")
async def get_recall(recall_id: Id, reading: Reading, access: ReadAccess) -> Any:
    return existing(await reads.recall(reading, recall_id), RecallNotFound(recall_id))


@recalls.get("/recalls/{recall_id}/units", response_model=FrozenUnitPage, summary="Its units as they were then")
async def list_units(
    recall_id: Id, reading: Reading, access: ReadAccess, limit: Many = 100, cursor: Cursor = None
) -> Any:
    found = existing(await reads.recall(reading, recall_id), RecallNotFound(recall_id))
    after = unseal(cursor, int)[0] if cursor else 0
    rows = await reads.units(reading, recall_id, limit=limit, after=after)
    following = seal(rows[-1]["lot_id"]) if len(rows) == limit else None
    return {"total": found["units"], "items": rows, "next_cursor": following}


@recalls.get(
    "/recalls/{recall_id}/units.csv", summary="Its units as CSV", response_class=Response, responses=lists.ANSWERS
)
async def export_units(recall_id: Id, request: Request, reading: Reading, access: ReadAccess) -> Response:
    found = existing(await reads.recall(reading, recall_id), RecallNotFound(recall_id))
    return lists.frozen(request, recall_id, found["number"])
