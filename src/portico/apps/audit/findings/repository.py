"""The write side of findings."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portico.apps.audit.findings.models import Finding, FindingNote
from portico.kernel import rows
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

AUDITEE = """
    SELECT u.id FROM audit.users AS u JOIN audit.members AS m ON m.user_id = u.id
    WHERE u.guid = %(guid)s AND m.engagement_id = %(engagement)s AND m.role = 'auditee'"""
LINK = """
    INSERT INTO audit.finding_evidence (finding_id, evidence_version_id, retest)
    VALUES (%(finding)s, %(evidence)s, %(retest)s) ON CONFLICT DO NOTHING"""
LINKED = """
    SELECT retest FROM audit.finding_evidence WHERE finding_id = %(finding)s AND evidence_version_id = %(evidence)s"""
ENGAGEMENT = """
    SELECT e.state FROM audit.engagements AS e JOIN audit.findings AS f ON f.engagement_id = e.id
    WHERE f.id = %(id)s FOR SHARE OF e"""


class FindingRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, finding_id: int) -> Finding | None:
        """The finding, locked against other writers until the end of the transaction."""
        query = select(Finding).where(Finding.id == finding_id).with_for_update(key_share=True)
        found: Finding | None = await self._write.session.scalar(query)
        return found

    async def save(self, finding: Finding) -> str | None:
        """The constraint that stands against it, or None."""
        return await rows.save(self._write, finding)

    def say(
        self, finding: Finding, action: str, text: str, at: datetime, *, user_id: int | None, name: str
    ) -> None:  # fmt: skip
        """Leave a note of a step. Of what the server does by itself there is no `user_id`."""
        self._write.session.add(
            FindingNote(finding_id=finding.id, action=action, text=text, at=at, user_id=user_id, user_name=name)
        )

    async def auditee(self, engagement_id: int, guid: UUID) -> int | None:
        """The id of an auditee of the engagement."""
        params = {"guid": guid, "engagement": engagement_id}
        row = await fetch_one(await self._write.connection(), AUDITEE, params)
        return row["id"] if row else None

    async def link(self, finding_id: int, evidence_version_id: int, retest: int) -> int | None:
        """Link evidence for this retest. Where it was linked already, answers for which one."""
        connection = await self._write.connection()
        params = {"finding": finding_id, "evidence": evidence_version_id, "retest": retest}
        if (await connection.execute(LINK, params)).rowcount:
            return None
        row = await fetch_one(connection, LINKED, params)
        return row["retest"] if row else None

    async def engagement_state(self, finding_id: int) -> str | None:
        """The state of a finding's engagement, which stays as it is until the end of the transaction."""
        row = await fetch_one(await self._write.connection(), ENGAGEMENT, {"id": finding_id})
        return row["state"] if row else None
