"""The write side of the vault."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from portico.apps.audit.evidence.models import Evidence, EvidenceVersion
from portico.kernel.database import Row, fetch_one
from portico.kernel.transaction import Transaction

# Nobody may lock a row of evidence, since nobody may change one. Who adds a version waits for the other one here.
HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('audit.evidence_versions', %(id)s))"
HELD = """
    SELECT d.id, d.engagement_id, d.title, d.request_id,
           (SELECT max(v.number) FROM audit.evidence_versions AS v WHERE v.evidence_id = d.id) AS versions
    FROM audit.evidence AS d WHERE d.id = %(id)s AND d.engagement_id = %(engagement)s"""
BELONGS = "SELECT id FROM audit.procedures WHERE id = %(id)s AND engagement_id = %(engagement)s"


class EvidenceRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def hold(self, engagement_id: int, evidence_id: int) -> Row | None:
        """Evidence of this engagement, to which nobody else adds a version until the end of the transaction."""
        connection = await self._write.connection()
        await connection.execute(HOLD, {"id": evidence_id})
        return await fetch_one(connection, HELD, {"id": evidence_id, "engagement": engagement_id})

    async def has_procedure(self, engagement_id: int, procedure_id: int) -> bool:
        params = {"id": procedure_id, "engagement": engagement_id}
        return await fetch_one(await self._write.connection(), BELONGS, params) is not None

    async def lock(self, version_id: int) -> EvidenceVersion | None:
        """The version, locked against other writers until the end of the transaction."""
        query = select(EvidenceVersion).where(EvidenceVersion.id == version_id).with_for_update(key_share=True)
        found: EvidenceVersion | None = await self._write.session.scalar(query)
        return found

    async def newest(self, evidence_id: int) -> EvidenceVersion | None:
        """The newest version, locked likewise."""
        query = (
            select(EvidenceVersion)
            .where(EvidenceVersion.evidence_id == evidence_id)
            .order_by(EvidenceVersion.number.desc())
            .limit(1)
            .with_for_update(key_share=True)
        )
        found: EvidenceVersion | None = await self._write.session.scalar(query)
        return found

    async def add(self, row: Evidence | EvidenceVersion) -> None:
        self._write.session.add(row)
        await self._write.session.flush()

    async def verified(self, version_id: int, at: datetime) -> None:
        await self._mark(version_id, verified_at=at)

    async def failed(self, version_id: int, at: datetime) -> bool:
        """Keep when the bytes were first found to be others; answers whether that is now."""
        query = (
            update(EvidenceVersion)
            .where(EvidenceVersion.id == version_id, EvidenceVersion.failed_at.is_(None))
            .values(failed_at=at)
            .returning(EvidenceVersion.id)
        )
        return await self._write.session.scalar(query) is not None

    async def _mark(self, version_id: int, **values: Any) -> None:
        query = update(EvidenceVersion).where(EvidenceVersion.id == version_id).values(**values)
        await self._write.session.execute(query)
