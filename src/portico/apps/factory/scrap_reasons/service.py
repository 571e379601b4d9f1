"""The rules of scrap reasons."""

from typing import Any

from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.scrap_reasons.models import ScrapReason
from portico.apps.factory.scrap_reasons.repository import ScrapReasonRepository
from portico.kernel import rows
from portico.kernel.errors import NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class ScrapReasonNotFound(NotFound):
    def __init__(self, reason_id: int) -> None:
        super().__init__(f"There is no scrap reason {reason_id}.")


class ScrapReasonService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._access = access
        self._reasons = ScrapReasonRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a reason and answer its id. Raises `NameTaken`."""
        self._access.require(Action.CONFIGURE)
        reason = ScrapReason(**values)
        await self._save(reason, values["code"])
        return reason.id

    async def change(self, reason_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of its values. Raises `ScrapReasonNotFound`, `NameTaken`, `PreconditionFailed`."""
        reason = await self._editable(reason_id, match)
        if values:
            reason.change(**values)
            await self._save(reason, reason.code)

    async def delete(self, reason_id: int, match: IfMatch) -> None:
        """Remove a reason that no report gives. Raises `ScrapReasonNotFound`, `InUse`, `PreconditionFailed`."""
        reason = await self._editable(reason_id, match)
        if (by := await self._reasons.remove(reason)) is not None:
            raise rows.InUse("scrap reason", by, instead=" Switch it off instead.")

    async def _save(self, reason: ScrapReason, code: str) -> None:
        if not await self._reasons.save(reason):
            raise rows.NameTaken("scrap reason", code)

    async def _editable(self, reason_id: int, match: IfMatch) -> ScrapReason:
        self._access.require(Action.CONFIGURE)
        reason = await self._reasons.lock(reason_id)
        if reason is None:
            raise ScrapReasonNotFound(reason_id)
        match.check(reason.version)
        return reason
