"""The routes of lots."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.lots import reads
from portico.apps.factory.lots.ledger import LotNotFound
from portico.apps.factory.lots.schemas import (
    AdjustmentIn,
    LotDetailOut,
    LotIn,
    LotPage,
    LotPatch,
    MergeIn,
    MoveIn,
    PossibilityOut,
    ReasonIn,
    ReceiptIn,
    RemarkIn,
    SplitIn,
    State,
    UnblockIn,
)
from portico.apps.factory.lots.service import LotService, possibilities
from portico.identity.public import Once
from portico.kernel.errors import existing
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

lots = router(prefix="/api/v1/lots", tags=["lots"])
Word = Annotated[str | None, Query(max_length=200)]


class Desk:
    """One request that writes: the service, and the lot as its answer."""

    def __init__(self, write: Writing, access: WriteAccess, now: Now, response: Response) -> None:
        self.service = LotService(write, access, now)
        self._write = write
        self._now = now
        self._response = response

    async def shown(self, lot_id: int) -> Any:
        row = await reads.lot(await self._write.connection(), lot_id, self._now)
        return tagged(self._response, row, LotNotFound(lot_id))


Lots = Annotated[Desk, Depends(Desk)]


async def _filters(
    code: Word = None,
    state: Annotated[State | None, Query()] = None,
    supplier_lot: Word = None,
    material: IdFilter = None,
    article: IdFilter = None,
    work_order: IdFilter = None,
) -> dict[str, Any]:
    return {
        "code": code, "state": state, "supplier_lot": supplier_lot, "material_id": material, "article_id": article,
        "work_order_id": work_order,
    }  # fmt: skip


@lots.get("", response_model=LotPage, summary="Lots, the newest first")
async def list_lots(
    reading: Reading,
    access: ReadAccess,
    now: Now,
    filters: Annotated[dict[str, Any], Depends(_filters)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.lots(reading, filters, now=now, limit=limit, cursor=cursor)


@lots.post("", status_code=201, response_model=LotDetailOut, summary="Receive a new lot", dependencies=[Once])
async def receive_new(body: LotIn, desk: Lots) -> Any:
    return await desk.shown(await desk.service.receive_new(**dict(body)))


@lots.get("/{lot_id}", response_model=LotDetailOut, summary="One lot: where it lies, and what holds it")
async def get_lot(lot_id: Id, reading: Reading, access: ReadAccess, now: Now, response: Response) -> Any:
    return tagged(response, await reads.lot(reading, lot_id, now), LotNotFound(lot_id))


@lots.put("/{lot_id}", response_model=LotDetailOut, summary="Change some of a lot")
async def change_lot(lot_id: Id, body: LotPatch, desk: Lots, match: Matching) -> Any:
    await desk.service.change(lot_id, match, **body.model_dump(exclude_unset=True))
    return await desk.shown(lot_id)


@lots.get("/{lot_id}/actions", response_model=list[PossibilityOut], summary="What may be done with it, and why not")
async def list_actions(lot_id: Id, reading: Reading, access: ReadAccess) -> Any:
    return possibilities(existing(await reads.state(reading, lot_id), LotNotFound(lot_id)), access)


@lots.post("/{lot_id}/receive", response_model=LotDetailOut, summary="More of the same delivery", dependencies=[Once])
async def receive(lot_id: Id, body: ReceiptIn, desk: Lots) -> Any:
    await desk.service.receive(lot_id, **dict(body))
    return await desk.shown(lot_id)


@lots.post("/{lot_id}/release", response_model=LotDetailOut, summary="Out of quarantine", dependencies=[Once])
async def release(lot_id: Id, desk: Lots, body: RemarkIn | None = None) -> Any:
    await desk.service.release(lot_id, body.reason if body else "")
    return await desk.shown(lot_id)


@lots.post(
    "/{lot_id}/block", response_model=LotDetailOut, summary="Block it and everything that was made of it",
    dependencies=[Once],
)  # fmt: skip
async def block(lot_id: Id, body: ReasonIn, desk: Lots) -> Any:
    await desk.service.block(lot_id, body.reason)
    return await desk.shown(lot_id)


@lots.post("/{lot_id}/unblock", response_model=LotDetailOut, summary="Lift a block of its own", dependencies=[Once])
async def unblock(lot_id: Id, body: UnblockIn, desk: Lots) -> Any:
    await desk.service.unblock(lot_id, body.reason, body.block_id)
    return await desk.shown(lot_id)


@lots.post("/{lot_id}/reject", response_model=LotDetailOut, summary="It is used no more", dependencies=[Once])
async def reject(lot_id: Id, body: ReasonIn, desk: Lots) -> Any:
    await desk.service.reject(lot_id, body.reason)
    return await desk.shown(lot_id)


@lots.post(
    "/{lot_id}/split", status_code=201, response_model=LotDetailOut, summary="Make a part of it a lot of its own",
    dependencies=[Once],
)  # fmt: skip
async def split(lot_id: Id, body: SplitIn, desk: Lots) -> Any:
    return await desk.shown(await desk.service.split(lot_id, **dict(body)))


@lots.post(
    "/{lot_id}/merge", status_code=201, response_model=LotDetailOut,
    summary="Make one new lot of it and others of its material", dependencies=[Once],
)  # fmt: skip
async def merge(lot_id: Id, body: MergeIn, desk: Lots) -> Any:
    return await desk.shown(await desk.service.merge(lot_id, **dict(body)))


@lots.post("/{lot_id}/move", response_model=LotDetailOut, summary="Put some of it elsewhere", dependencies=[Once])
async def move(lot_id: Id, body: MoveIn, desk: Lots) -> Any:
    await desk.service.move(lot_id, **dict(body))
    return await desk.shown(lot_id)


@lots.post("/{lot_id}/adjust", response_model=LotDetailOut, summary="Book what was counted", dependencies=[Once])
async def adjust(lot_id: Id, body: AdjustmentIn, desk: Lots) -> Any:
    await desk.service.adjust(lot_id, **dict(body))
    return await desk.shown(lot_id)
