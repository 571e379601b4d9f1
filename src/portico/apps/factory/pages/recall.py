"""Recall: what a bad lot is in, where that is and who has it; and one button that blocks all of it."""

from typing import Any

from fastapi import Request

from portico.apps.factory.access import PageReadAccess, PageWriteAccess
from portico.apps.factory.permissions import Action
from portico.apps.factory.recalls import lists, reads
from portico.apps.factory.recalls.schemas import RecallIn
from portico.apps.factory.recalls.service import NothingToRecall, RecallNotFound, recall, roots
from portico.apps.factory.site import ReadDesk, Search, site
from portico.kernel.errors import InvalidInput, existing
from portico.kernel.forms import Done, Form, typed
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.paging import seal, unseal
from portico.kernel.unit_of_work import Reading, Writing

PART = 100
RECALL = "/pages/admin/recall"

recall_pages = page_router()


@recall_pages.get("/admin/recall", summary="Search what is affected")
async def search(desk: ReadDesk, lot: Search = "", supplier_lot: Search = "", cursor: Cursor = None) -> Any:
    desk.access.require(Action.BLOCK)
    found, problem = None, ""
    asked = {"lot": lot or None, "supplier_lot": None if lot else supplier_lot or None}
    if lot or supplier_lot:
        try:
            begin = await roots(desk.connection, **asked)
            found = await reads.affected(desk.connection, begin, limit=PART, cursor=cursor)
        except NothingToRecall as missing:
            problem = missing.text
        except InvalidInput as wrong:
            problem = " ".join(wrong.details.values())
    made = await reads.recalls(desk.connection, limit=10, cursor=None)
    return await desk.page(
        "recall.html", lot=lot, supplier_lot=asked["supplier_lot"] or "", found=found, problem=problem, made=made,
        is_later=cursor is not None,
    )  # fmt: skip


@recall_pages.get("/admin/recall.csv", summary="What is affected, as CSV")
async def export(
    request: Request, reading: Reading, access: PageReadAccess, lot: Search = "", supplier_lot: Search = ""
) -> Any:
    access.require(Action.BLOCK)
    return lists.affected(request, await roots(reading, lot=lot or None, supplier_lot=supplier_lot or None))


@recall_pages.post("/admin/recall", summary="Block everything on hand, and freeze the list")
async def make(request: Request, form: Form, write: Writing, access: PageWriteAccess, now: Now) -> Any:
    body = typed(RecallIn, {name: value for name, value in form.items() if value})
    recall_id = await recall(write, access, now, **body.model_dump())
    return site.go_to(request, f"{RECALL}s/{recall_id}", done="made")


@recall_pages.get("/admin/recalls/{recall_id}", summary="One recall, as it was made")
async def show(desk: ReadDesk, recall_id: Id, done: Done = "", cursor: Cursor = None) -> Any:
    desk.access.require(Action.BLOCK)
    found = existing(await reads.recall(desk.connection, recall_id), RecallNotFound(recall_id))
    after = unseal(cursor, int)[0] if cursor else 0
    units = await reads.units(desk.connection, recall_id, limit=PART, after=after)
    following = seal(units[-1]["lot_id"]) if len(units) == PART else None
    return await desk.page(
        "recalled.html", recall=found, units=units, following=following, is_later=cursor is not None,
        done="Everything on hand is blocked." if done else "",
    )  # fmt: skip
