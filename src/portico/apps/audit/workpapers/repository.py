"""The write side of workpapers."""

from sqlalchemy import select

from portico.apps.audit.workpapers.models import Workpaper, WorkpaperVersion
from portico.kernel import rows
from portico.kernel.transaction import Transaction

ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('audit.workpaper', %(id)s))"
LINK = """
    INSERT INTO audit.workpaper_evidence (workpaper_version_id, evidence_version_id)
    VALUES (%(version)s, %(evidence)s) ON CONFLICT DO NOTHING"""
UNLINK = """
    DELETE FROM audit.workpaper_evidence
    WHERE workpaper_version_id = %(version)s AND evidence_version_id = %(evidence)s"""
COPY_LINKS = """
    INSERT INTO audit.workpaper_evidence (workpaper_version_id, evidence_version_id)
    SELECT %(to)s, evidence_version_id FROM audit.workpaper_evidence WHERE workpaper_version_id = %(of)s"""


class WorkpaperRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def add(self, workpaper: Workpaper) -> str | None:
        """The constraint that stands against it, or None."""
        return await rows.save(self._write, workpaper)

    async def alone(self, workpaper_id: int) -> None:
        """Whoever else writes to this workpaper waits: which version is the newest cannot change any more."""
        await (await self._write.connection()).execute(ALONE, {"id": workpaper_id})

    async def newest(self, workpaper_id: int) -> WorkpaperVersion | None:
        query = (
            select(WorkpaperVersion).where(WorkpaperVersion.workpaper_id == workpaper_id)
            .order_by(WorkpaperVersion.number.desc()).limit(1).with_for_update()
        )  # fmt: skip
        found: WorkpaperVersion | None = await self._write.session.scalar(query)
        return found

    async def add_version(self, version: WorkpaperVersion, *, links_of: int | None = None) -> None:
        """Add a version, with the evidence of another one where that is copied."""
        self._write.session.add(version)
        connection = await self._write.connection()
        if links_of is not None:
            await connection.execute(COPY_LINKS, {"to": version.id, "of": links_of})

    async def link(self, version_id: int, evidence_version_id: int) -> bool:
        """Whether it was not linked before."""
        return await self._execute(LINK, version_id, evidence_version_id)

    async def unlink(self, version_id: int, evidence_version_id: int) -> bool:
        """Whether it was linked."""
        return await self._execute(UNLINK, version_id, evidence_version_id)

    async def _execute(self, statement: str, version_id: int, evidence_version_id: int) -> bool:
        connection = await self._write.connection()
        params = {"version": version_id, "evidence": evidence_version_id}
        return (await connection.execute(statement, params)).rowcount > 0
