"""What lies where."""

from typing import Any

from portico.apps.factory.lots import reads as lots
from portico.apps.factory.site import ReadDesk, Search
from portico.apps.factory.stock import reads
from portico.kernel.forms import Chosen
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router

PART = 50
NONE = 0
"""No lot has this id."""
FILTERS = ("lot_id", "location_id", "material_id", "article_id")

stock_pages = page_router()


@stock_pages.get("/admin/stock", summary="What lies where")
async def show_stock(desk: ReadDesk, lot: Chosen = None, q: Search = "", cursor: Cursor = None) -> Any:
    """`q` is the code of a lot, as its label says it."""
    if q:
        lot = (await lots.ids_of(desk.connection, [q])).get(q, NONE)
    filters = {**dict.fromkeys(FILTERS), "lot_id": lot}
    found = await reads.stock(desk.connection, filters, at=None, limit=PART, cursor=cursor)
    moves = {"lot_id": lot, "location_id": None, "kind": None, "operation_id": None, "report_id": None}
    ledger = await reads.movements(desk.connection, moves, limit=20, cursor=None)
    return await desk.page("stock.html", found=found, ledger=ledger, lot=lot, q=q, is_later=cursor is not None)
