"""Reconciliations on pages: compare two ledgers, and see what was matched, why, and what remains."""

from collections.abc import Mapping
from typing import Any

from portico.apps.audit.pages import reads, work_reads
from portico.apps.audit.pages.engagements import found
from portico.apps.audit.reconciliations import reads as reconciliation_reads
from portico.apps.audit.reconciliations.schemas import ReconciliationIn
from portico.apps.audit.reconciliations.service import ReconciliationNotFound, ReconciliationService
from portico.apps.audit.site import Chosen, Desk, ReadingDesk, WritingDesk, filled
from portico.kernel.errors import existing
from portico.kernel.forms import Done, Form, checked
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router

SIDES = {"left": "Left on the statement", "right": "Left in the ledger"}
RULES = {"exact": "Matched exactly", "one_to_many": "One line matched with many", "tolerance": "Matched nearly"}
CHOSEN = ("kind", "left_ledger_id", "right_ledger_id", "tolerance", "days")
ACCOUNTS = ("left_accounts", "right_accounts")
FLAGS = ("opposite_signs", "compare_references")
USUAL = {"tolerance": "0", "days": "5", "compare_references": "on"}
"""What the form says before anybody has changed it."""

reconciliation_pages = page_router()


@reconciliation_pages.get("/engagements/{engagement_id}/reconciliations", summary="Reconciliations of an engagement")
async def show_reconciliations(engagement_id: Id, desk: ReadingDesk) -> Any:
    return await _list(desk, engagement_id, values=USUAL)


@reconciliation_pages.post("/engagements/{engagement_id}/reconciliations", summary="Compare two ledgers from the form")
async def reconcile(engagement_id: Id, desk: WritingDesk, form: Form) -> Any:
    body, errors = checked(ReconciliationIn, {"engagement_id": engagement_id, **_asked(form)})
    if body is None:
        return await _list(desk, engagement_id, status=422, values=form, errors=errors)
    number = await ReconciliationService(desk.write, desk.access, desk.now).make(engagement_id, **body.parts())
    return desk.go_to(f"/pages/reconciliations/{number}", "made")


@reconciliation_pages.get("/reconciliations/{reconciliation_id}", summary="What was matched and why, or what remains")
async def show_reconciliation(
    reconciliation_id: Id, desk: ReadingDesk, what: Chosen = "left", cursor: Cursor = None, done: Done = ""
) -> Any:
    row = await reconciliation_reads.reconciliation(desk.connection, desk.me, reconciliation_id)
    made = existing(row, ReconciliationNotFound(reconciliation_id))
    what = what if what in {**SIDES, **RULES} else "left"
    limits: dict[str, Any] = {"limit": reads.PART, "cursor": cursor}
    if what in SIDES:
        listed = await reconciliation_reads.unmatched(desk.connection, reconciliation_id, side=what, **limits)
    else:
        listed = await reconciliation_reads.matches(desk.connection, reconciliation_id, rule=what, **limits)
    return await desk.part(
        "reconciliation.html", "Reconciliations", await found(desk, made["engagement_id"]), made=made, what=what,
        lists={**SIDES, **RULES}.items(), is_side=what in SIDES, rows=listed["items"], total=listed["total"],
        following=listed["next_cursor"], is_later=cursor is not None, done="The ledgers are compared." if done else "",
    )  # fmt: skip


async def _list(desk: Desk, engagement_id: int, **values: Any) -> Any:
    return await desk.part(
        "reconciliations.html", "Reconciliations", await found(desk, engagement_id), **values,
        reconciliations=await work_reads.reconciliations(desk.connection, engagement_id),
        ledgers=await reads.ledgers(desk.connection, engagement_id),
    )  # fmt: skip


def _asked(form: Mapping[str, str]) -> dict[str, Any]:
    """Accounts are written with commas between them."""
    accounts = {name: [each.strip() for each in text.split(",")] for name, text in filled(form, ACCOUNTS).items()}
    return {**filled(form, CHOSEN), **accounts, **{name: name in form for name in FLAGS}}
