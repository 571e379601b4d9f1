"""The routes of the stock and its ledger."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import AfterValidator

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.lots.ledger import LotNotFound
from portico.apps.factory.lots.reads import state
from portico.apps.factory.stock import reads
from portico.apps.factory.stock.schemas import MovementOut, MovementPage, ReversalIn, StockPage
from portico.apps.factory.stock.service import reverse
from portico.identity.public import Once
from portico.kernel.errors import existing
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

stock = router(prefix="/api/v1", tags=["stock"])
Kind = Literal[
    "receive", "issue", "return", "produce", "scrap", "move", "adjust", "split", "merge", "ship", "reversal"
]  # fmt: skip


def _in_utc(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]


async def _stock_filters(
    lot: IdFilter = None, location: IdFilter = None, material: IdFilter = None, article: IdFilter = None
) -> dict[str, Any]:
    return {"lot_id": lot, "location_id": location, "material_id": material, "article_id": article}


async def _filters(
    lot: IdFilter = None,
    location: IdFilter = None,
    kind: Annotated[Kind | None, Query()] = None,
    operation: IdFilter = None,
    report: IdFilter = None,
) -> dict[str, Any]:
    return {"lot_id": lot, "location_id": location, "kind": kind, "operation_id": operation, "report_id": report}


@stock.get("/stock", response_model=StockPage, summary="What lies where, now or at a moment in the past")
async def list_stock(
    reading: Reading,
    access: ReadAccess,
    now: Now,
    filters: Annotated[dict[str, Any], Depends(_stock_filters)],
    at: Annotated[Moment | None, Query(description="In UTC where it names no zone.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    found = await reads.stock(reading, filters, at=at, limit=limit, cursor=cursor)
    return {"at": at or now, **found}


@stock.get("/movements", response_model=MovementPage, summary="The ledger, the newest line first")
async def list_movements(
    reading: Reading,
    access: ReadAccess,
    filters: Annotated[dict[str, Any], Depends(_filters)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.movements(reading, filters, limit=limit, cursor=cursor)


@stock.get("/lots/{lot_id}/movements", response_model=MovementPage, summary="The lines of one lot, the newest first")
async def list_movements_of_lot(
    lot_id: Id, reading: Reading, access: ReadAccess, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    existing(await state(reading, lot_id), LotNotFound(lot_id))
    filters = {"lot_id": lot_id, "location_id": None, "kind": None, "operation_id": None, "report_id": None}
    return await reads.movements(reading, filters, limit=limit, cursor=cursor)


@stock.post(
    "/movements/{movement_id}/reverse", status_code=201, response_model=MovementOut,
    summary="Book the opposite of a line, once", dependencies=[Once],
)  # fmt: skip
async def reverse_movement(movement_id: Id, body: ReversalIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    made = await reverse(write, access, now, movement_id, body.reason)
    return await reads.movement(await write.connection(), made)
