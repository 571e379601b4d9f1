"""The write side of scrap reasons."""

from sqlalchemy import select

from portico.apps.factory.scrap_reasons.models import ScrapReason
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class ScrapReasonRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, reason_id: int) -> ScrapReason | None:
        """The reason, locked against other writers until the end of the transaction."""
        query = select(ScrapReason).where(ScrapReason.id == reason_id).with_for_update(key_share=True)
        found: ScrapReason | None = await self._write.session.scalar(query)
        return found

    async def save(self, reason: ScrapReason) -> bool:
        """Write the reason; False where another one has its code."""
        return await rows.save(self._write, reason) is None

    async def remove(self, reason: ScrapReason) -> str | None:
        """Where others refer to it, it stays; the answer is the name of their table."""
        return await rows.remove(self._write, reason)
