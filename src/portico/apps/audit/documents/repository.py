"""The write side of uploaded documents."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portico.apps.audit.documents.models import DocumentJob
from portico.kernel.transaction import Transaction

COPY = "COPY audit.chunks (engagement_id, evidence_version_id, page, title, text, created_at) FROM STDIN"


class DocumentRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def add(self, job: DocumentJob) -> None:
        self._write.session.add(job)
        await self._write.session.flush()

    async def lock(self, version_id: int) -> DocumentJob | None:
        """The job of a version, locked against other writers until the end of the transaction."""
        query = select(DocumentJob).where(DocumentJob.evidence_version_id == version_id)
        query = query.with_for_update(key_share=True)
        found: DocumentJob | None = await self._write.session.scalar(query)
        return found

    async def add_chunks(
        self, engagement_id: int, version_id: int, pieces: Iterable[dict[str, Any]], at: datetime
    ) -> int:  # fmt: skip
        """Write pieces of text; answers how many."""
        connection = await self._write.connection()
        count = 0
        async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for piece in pieces:
                await copy.write_row(
                    (engagement_id, version_id, piece["page"], piece["title"], piece["text"], at)
                )  # fmt: skip
                count += 1
        return count
