"""The write side of engagements."""

from sqlalchemy import text

from portico.apps.audit.engagements.models import Engagement
from portico.kernel.transaction import Transaction

# Of all versions: those that were approved before a newer one are as final.
LOCK_WORKPAPERS = text("""
    UPDATE audit.workpaper_versions AS v SET state = 'locked', version = v.version + 1
    FROM audit.workpapers AS w
    WHERE w.id = v.workpaper_id AND w.engagement_id = :engagement AND v.state = 'approved'
    RETURNING v.id""")


class EngagementRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def get(self, engagement_id: int) -> Engagement:
        """An engagement that is there, and whose row this transaction has locked."""
        return await self._write.session.get_one(Engagement, engagement_id)

    async def add(self, engagement: Engagement) -> None:
        self._write.session.add(engagement)
        await self._write.session.flush()

    async def lock_workpapers(self, engagement_id: int) -> int:
        """Lock every version of a workpaper that is approved. Answers how many."""
        return len((await self._write.session.execute(LOCK_WORKPAPERS, {"engagement": engagement_id})).all())
