"""The write side of materials."""

from sqlalchemy import select

from portico.apps.factory.materials.models import Material
from portico.kernel import rows
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

STOCK = """
    SELECT FROM factory.stock AS s JOIN factory.lots AS l ON l.company_id = s.company_id AND l.id = s.lot_id
    WHERE l.material_id = %(id)s AND s.on_hand > 0 LIMIT 1"""


class MaterialRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, material_id: int, *, key_share: bool = True) -> Material | None:
        """The material, deleted or not, locked against other writers; without `key_share` also against new lots."""
        query = select(Material).where(Material.id == material_id).with_for_update(key_share=key_share)
        found: Material | None = await self._write.session.scalar(query)
        return found

    async def save(self, material: Material) -> bool:
        """Write it; False where another one has its code."""
        return await rows.save(self._write, material) is None

    async def is_on_hand(self, material_id: int) -> bool:
        return await fetch_one(await self._write.connection(), STOCK, {"id": material_id}) is not None
