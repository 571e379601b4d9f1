"""The rule of the genealogy: nothing is made of itself."""

from decimal import Decimal

from portico.apps.factory.genealogy import order
from portico.apps.factory.genealogy.repository import GenealogyRepository
from portico.kernel.errors import Conflict, Unavailable
from portico.kernel.transaction import Transaction


class Circle(Conflict):
    code = "GENEALOGY_CIRCLE"

    def __init__(self, parent_id: int, child_id: int) -> None:
        super().__init__(
            "A lot cannot be made of what was made of it.", details={"parent_id": parent_id, "child_id": child_id}
        )


async def link(write: Transaction, *, parent_id: int, child_id: int, quantity: Decimal, report_id: int | None) -> None:
    """Say that so much of the parent is in the child. Where that was said before, the first quantity stays.

    A child that this transaction has made takes `order.share`. One that was there before takes `order.alone` from the
    start: two such links at once could close a circle that neither sees. Raises `Circle`, `Unavailable`.
    """
    genealogy = GenealogyRepository(write)
    is_new, is_circle = await genealogy.ties(parent_id, child_id)
    if not is_new and not await order.is_alone(write):
        raise Unavailable("Somebody else is booking. Try again.", log="a link between old lots without order.alone")
    if is_circle or parent_id == child_id:
        raise Circle(parent_id, child_id)
    await genealogy.link(parent_id, child_id, quantity, report_id)
