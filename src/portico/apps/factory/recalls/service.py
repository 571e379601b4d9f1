"""The rules of recalls: one transaction blocks what is on hand, and freezes the list of all that is affected."""

from datetime import datetime

from portico.apps.factory.doing import done_by, next_number, note
from portico.apps.factory.genealogy import order
from portico.apps.factory.lots.blocking import BLOCKABLE, Blocking
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.recalls import reads
from portico.apps.factory.recalls.repository import RecallRepository
from portico.kernel import event_log
from portico.kernel.database import Connection
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.transaction import Transaction


class NothingToRecall(NotFound):
    message = "There is no such lot."


class RecallNotFound(NotFound):
    def __init__(self, recall_id: int) -> None:
        super().__init__(f"There is no recall {recall_id}.")


async def roots(connection: Connection, *, lot: str | None, supplier_lot: str | None) -> list[int]:
    """The lots where a recall begins. Raises `InvalidInput`, `NothingToRecall`."""
    if (lot is None) == (supplier_lot is None) or supplier_lot == "":
        raise InvalidInput(details={"lot": "give either this or supplier_lot"})
    found = await reads.roots_of(connection, lot=lot, supplier_lot=supplier_lot)
    if not found:
        raise NothingToRecall
    if lot is not None and len(found) > 1:
        codes = ", ".join(f"{row['code']} (id {row['id']})" for row in found)
        raise InvalidInput(details={"lot": f"is the code of one lot and the id of another: {codes}"})
    return [row["id"] for row in found]


async def recall(
    write: Transaction, access: Access, now: datetime, *, lot: str | None, supplier_lot: str | None, reason: str
) -> int:
    """Block, freeze, and answer the record's id. What is shipped stays so, and stands in the list with its customer.

    Raises `Forbidden`, `InvalidInput`, `NothingToRecall`.
    """
    access.require(Action.BLOCK)
    await order.alone(write)
    lots = await roots(await write.connection(), lot=lot, supplier_lot=supplier_lot)
    number = await next_number(write, "recall")
    made = await RecallRepository(write).freeze(
        lots, number=number, lot_id=lots[0] if lot is not None else None, supplier_lot=supplier_lot or "",
        reason=reason, blocked="blocked", blockable=BLOCKABLE, **done_by(access, now),
    )  # fmt: skip
    recall_id: int = made["id"]
    await Blocking(write, access, now).block(lots, reason, recall_id=recall_id)
    told = {
        "number": number, "lot": lot, "supplier_lot": supplier_lot, "reason": reason, "units": made["units"],
        "blocked": made["blocked"], "shipped": made["shipped"],
    }  # fmt: skip
    await note(write, access, now, "Recall", details=told, lot_id=lots[0])
    await event_log.add(
        write, app="factory", actor=access.actor, action="recall.made", object=f"recall:{recall_id}",
        details={**told, "company": access.company_id},
    )  # fmt: skip
    return recall_id
