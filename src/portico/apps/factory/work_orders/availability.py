"""How much there is to work on at an operation.

At the first operation it is the quantity of the order, and the pieces that were planned in the place of scrapped ones;
at the others it is what was good at the one before that was not skipped. What was reported here already is off it; what
is to be reworked has been, too, until its rework is reported.
"""

from collections.abc import Sequence
from typing import Protocol


class Counted(Protocol):
    """An operation as a row or as it was read."""

    @property
    def position(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def good(self) -> int: ...
    @property
    def scrap(self) -> int: ...
    @property
    def rework(self) -> int: ...


def available(to_make: int, operations: Sequence[Counted], position: int) -> int:
    """`operations` are all of an order, in their order. Never below 0: reports with a reason may go past it."""
    came = to_make
    for each in operations:
        if each.position == position:
            return max(0, came - each.good - each.scrap - each.rework)
        if each.state != "skipped":
            came = each.good
    raise ValueError(f"no operation {position}")


REPLACEMENTS = """
    SELECT count(*)::int FROM factory.pieces AS x
    WHERE x.company_id = {order}.company_id AND x.work_order_id = {order}.id AND x.replaces_id IS NOT NULL"""
"""How many pieces of an order are made in the place of others."""
AVAILABLE = f"""
    greatest(0, coalesce((
        SELECT p.good FROM factory.operations AS p
        WHERE p.company_id = o.company_id AND p.work_order_id = o.work_order_id AND p.position < o.position
          AND p.state <> 'skipped'
        ORDER BY p.position DESC LIMIT 1), w.quantity + ({REPLACEMENTS.format(order="w")}))
        - o.good - o.scrap - o.rework)"""
"""The same in SQL, for an operation `o` of the work order `w`."""
