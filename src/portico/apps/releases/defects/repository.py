"""The write side of defects."""

from sqlalchemy import select

from portico.apps.releases.defects.models import Defect
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

CRITICAL = """
    SELECT EXISTS (SELECT FROM releases.defects WHERE release_id = %(release_id)s AND resolved_at IS NULL
                   AND severity = 'critical') AS found"""
RELEASE_OF = "SELECT release_id FROM releases.defects WHERE id = %(id)s"


class DefectRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def release_of(self, defect_id: int) -> int | None:
        """The release of a defect: it is locked before the defect is."""
        row = await fetch_one(await self._write.connection(), RELEASE_OF, {"id": defect_id})
        return row["release_id"] if row else None

    async def lock(self, defect_id: int) -> Defect | None:
        """The defect, locked against other writers until the end of the transaction."""
        query = select(Defect).where(Defect.id == defect_id).with_for_update(key_share=True)
        found: Defect | None = await self._write.session.scalar(query)
        return found

    async def add(self, defect: Defect) -> None:
        self._write.session.add(defect)
        await self._write.session.flush()

    async def has_critical(self, release_id: int) -> bool:
        """Whether one is open. Right while the release is locked."""
        row = await fetch_one(await self._write.connection(), CRITICAL, {"release_id": release_id})
        return bool(row and row["found"])
