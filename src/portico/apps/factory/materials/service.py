"""The rules of materials. What is on hand is not deleted."""

from datetime import datetime
from typing import Any

from portico.apps.factory.codes import CodeTaken
from portico.apps.factory.doing import note
from portico.apps.factory.materials.models import Material
from portico.apps.factory.materials.repository import MaterialRepository
from portico.apps.factory.permissions import Access, Action
from portico.kernel.errors import NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.rows import InUse
from portico.kernel.transaction import Transaction


class MaterialNotFound(NotFound):
    def __init__(self, material_id: int) -> None:
        super().__init__(f"There is no material {material_id}.")


class MaterialService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._materials = MaterialRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a material and answer its id. Raises `CodeTaken`."""
        self._access.require(Action.RECEIVE)
        material = Material(**values)
        if not await self._materials.save(material):
            raise CodeTaken("material", material.code)
        return material.id

    async def change(self, material_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of its values. Raises `MaterialNotFound`, `PreconditionFailed`."""
        self._access.require(Action.RECEIVE)
        material = await self._locked(material_id, match)
        if values:
            material.change(**values)

    async def delete(self, material_id: int, match: IfMatch) -> None:
        """Raises `MaterialNotFound`, `InUse` where some of it is on hand, `PreconditionFailed`."""
        self._access.require(Action.DELETE)
        material = await self._locked(material_id, match, key_share=False)
        if await self._materials.is_on_hand(material_id):
            raise InUse("material", "stock")
        material.change(deleted_at=self._now)
        await self._note("Deleted", material)

    async def restore(self, material_id: int) -> None:
        """Also one that is not deleted. Raises `MaterialNotFound`."""
        self._access.require(Action.DELETE)
        material = await self._locked(material_id, is_deleted=True)
        if material.deleted_at is not None:
            material.change(deleted_at=None)
            await self._note("Restored", material)

    async def _locked(
        self, material_id: int, match: IfMatch | None = None, *, key_share: bool = True, is_deleted: bool = False
    ) -> Material:
        material = await self._materials.lock(material_id, key_share=key_share)
        if material is None or (material.deleted_at is not None and not is_deleted):
            raise MaterialNotFound(material_id)
        if match is not None:
            match.check(material.version)
        return material

    async def _note(self, kind: str, material: Material) -> None:
        await note(self._write, self._access, self._now, kind, details={"material": material.code})
