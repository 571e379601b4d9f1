"""The write side of the genealogy: links are added, and never changed."""

from decimal import Decimal

from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

# A lot that was made in this transaction has its time.
TIES = """
    SELECT (SELECT created_at = now() FROM factory.lots WHERE id = %(child_id)s) AS is_new,
           EXISTS (SELECT FROM factory.reach(ARRAY[%(child_id)s::bigint], NULL, true) AS below
                   WHERE below.id = %(parent_id)s) AS is_circle"""
LINK = """
    INSERT INTO factory.genealogy (parent_id, child_id, quantity, report_id)
    VALUES (%(parent_id)s, %(child_id)s, %(quantity)s, %(report_id)s) ON CONFLICT DO NOTHING RETURNING child_id"""


class GenealogyRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def ties(self, parent_id: int, child_id: int) -> tuple[bool, bool]:
        """Whether the child was made in this transaction, and whether the parent was made of it."""
        row = await fetch_one(await self._write.connection(), TIES, {"parent_id": parent_id, "child_id": child_id})
        return (bool(row["is_new"]), bool(row["is_circle"])) if row else (False, False)

    async def link(self, parent_id: int, child_id: int, quantity: Decimal, report_id: int | None) -> None:
        values = {"parent_id": parent_id, "child_id": child_id, "quantity": quantity, "report_id": report_id}
        await fetch_one(await self._write.connection(), LINK, values)
