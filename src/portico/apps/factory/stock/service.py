"""The reversal of a movement: its opposite as a new line. No line is ever changed."""

from datetime import datetime

from portico.apps.factory.doing import note
from portico.apps.factory.genealogy import order
from portico.apps.factory.lots import ledger
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.stock import reads
from portico.kernel.errors import Conflict, NotFound
from portico.kernel.transaction import Transaction

INSTEAD = {
    "reversal": "book it again",
    "move": "move it back",
    "split": "merge the lots",
    "merge": "split the lot",
    "ship": "receive what has come back",
}
"""Lines of which one alone would leave the other half of what was done."""


class MovementNotFound(NotFound):
    def __init__(self, movement_id: int) -> None:
        super().__init__(f"There is no movement {movement_id}.")


class NotReversible(Conflict):
    code = "NOT_REVERSIBLE"

    def __init__(self, kind: str) -> None:
        super().__init__(f"A {kind} is not reversed: {INSTEAD[kind]}.", details={"kind": kind})


class PartOfAReport(Conflict):
    """One line alone would leave the report's balance of masses wrong."""

    code = "PART_OF_A_REPORT"
    message = "It belongs to a report: reverse that."


async def reverse(write: Transaction, access: Access, now: datetime, movement_id: int, reason: str) -> int:
    """Book the opposite of a line and answer the new one's id. A lot that was used up by it is there again.

    Raises `MovementNotFound`, `NotReversible`, `PartOfAReport`, `AlreadyReversed`, and `NotEnough` where what came is
    gone already.
    """
    access.require(Action.RECEIVE)
    await order.share(write)
    line = await reads.movement(await write.connection(), movement_id)
    if line is None:
        raise MovementNotFound(movement_id)
    if line["report_id"] is not None:
        raise PartOfAReport(details={"report_id": line["report_id"]})
    if line["kind"] in INSTEAD:
        raise NotReversible(line["kind"])
    await ledger.locked(write, [line["lot_id"]], now)
    made = await ledger.move(
        write, access, now, lot_id=line["lot_id"], location_id=line["location_id"], quantity=-line["quantity"],
        kind="reversal", reverses_id=movement_id, operation_id=line["operation_id"], report_id=line["report_id"],
        reason=reason,
    )  # fmt: skip
    details = {"movement_id": movement_id, "reason": reason}
    await note(write, access, now, "Reversal", details=details, lot_id=line["lot_id"])
    return made
