"""The rules of uploads: each file becomes evidence first, and what is in it is found out afterwards."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from portico.apps.audit.documents import reads
from portico.apps.audit.documents.extraction import Extracted
from portico.apps.audit.documents.ledger_kinds import kind_of
from portico.apps.audit.documents.models import JOB_MACHINE, UNREAD, DocumentJob
from portico.apps.audit.documents.repository import DocumentRepository
from portico.apps.audit.engagements.standing import enter
from portico.apps.audit.evidence.service import EvidenceService
from portico.apps.audit.extraction.kinds import EXTENSIONS, EXTRACT, extension_of
from portico.apps.audit.ledgers.service import LedgerService
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.search.service import EmbeddingService
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput, NotFound, Problem
from portico.kernel.files import Files, StoredFile, tidy
from portico.kernel.form_uploads import FormFile
from portico.kernel.job_status import under_way
from portico.kernel.transaction import Transaction

GIVEN_UP = "Reading it was cancelled, or given up after several tries."
TABULAR = frozenset({"csv", "xlsx", "xls", "xml"})
"""What may be a ledger, and is imported as one where it has a ledger's name."""


class JobNotFound(NotFound):
    def __init__(self, job_id: int) -> None:
        super().__init__(f"There is no document job {job_id}.")


class UnsupportedDocument(Problem):
    status = 400
    code = "UNSUPPORTED_DOCUMENT"

    def __init__(self, name: str) -> None:
        kinds = ", ".join(f".{extension}" for extension in EXTENSIONS)
        super().__init__(f"Documents of these kinds are taken: {kinds}.", details={"filename": name})


class DocumentService:
    def __init__(self, write: Transaction, access: Access, now: datetime, files: Files) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._documents = DocumentRepository(write)
        self._evidence = EvidenceService(write, access, now, files)
        self._ledgers = LedgerService(write, access, now)

    async def take(self, streams: AsyncIterable[FormFile]) -> list[StoredFile]:
        """Store the files of an upload. Raises `UnsupportedDocument`, and as `EvidenceService.take`."""
        return await self._evidence.take(_of_known_kinds(streams))

    async def queue(
        self, files: Sequence[StoredFile], *, engagement: int | None, ledger_names: Sequence[str], financial_year: str
    ) -> list[int]:
        """Make stored files evidence, and have them read; answers the ids of their jobs.

        Raises what `enter` raises, and `InvalidInput`.
        """
        engagement_id = engagement if engagement is not None else await self._only_engagement()
        await enter(self._write, self._access, engagement_id, Action.WORK)
        names = _one_each(ledger_names, len(files))
        return [
            await self._queue(engagement_id, file, name, financial_year)
            for file, name in zip(files, names, strict=True)
        ]  # fmt: skip

    async def _queue(self, engagement_id: int, file: StoredFile, ledger_name: str, financial_year: str) -> int:
        version_id = await self._evidence.file_away(engagement_id, file)
        job = DocumentJob(
            engagement_id=engagement_id, evidence_version_id=version_id, queued_by=self._access.user_id,
            created_at=self._now, ledger_name=ledger_name, financial_year=financial_year,
        )  # fmt: skip
        await self._documents.add(job)
        told = {"name": file.name, "evidence_version": version_id, "ledger": ledger_name, "year": financial_year}
        await log_in(self._write, self._access, "document.uploaded", engagement_id, f"document:{job.id}", **told)
        if ledger_name and extension_of(file.name) in TABULAR:
            await self._ledgers.queue(
                version_id, name=ledger_name, kind=kind_of(ledger_name), financial_year=financial_year
            )
        return job.id

    async def _only_engagement(self) -> int:
        found = await reads.open_engagements(await self._write.connection(), self._access)
        if len(found) != 1:
            why = "you are in no engagement that is open" if not found else "you are in several: say in which"
            raise InvalidInput(details={"engagement": why})
        return found[0]


class ExtractionService:
    """What the job does: it has no caller."""

    def __init__(self, write: Transaction, now: datetime) -> None:
        self._write = write
        self._now = now
        self._documents = DocumentRepository(write)

    async def begin(self, version_id: int) -> Row | None:
        """What is to be read, or None where nothing may be any more: the engagement is archived."""
        work = await reads.work(await self._write.connection(), version_id)
        if work is None or work["engagement_state"] == "archived":
            return None
        if await self._documents.lock(version_id) is None:  # filed as evidence, and by no upload
            job = DocumentJob(
                engagement_id=work["engagement_id"], evidence_version_id=version_id, queued_by=work["received_by"],
                created_at=work["received_at"],
            )  # fmt: skip
            await self._documents.add(job)
        await self._advance(version_id, "begin", reason="", finished_at=None)
        return work

    async def finish(self, work: Row, found: Extracted) -> None:
        """Keep what was found, once for each job: the job's own step sees to that."""
        version_id = work["version_id"]
        if found.reason:
            await self._advance(version_id, "give-up", reason=found.reason, finished_at=self._now)
            return
        chunks = await self._documents.add_chunks(work["engagement_id"], version_id, found.pieces, self._now)
        result = {**found.numbers, "pieces": chunks, "notes": found.notes}
        await self._advance(version_id, "finish", result=result, finished_at=self._now)
        if chunks:
            await EmbeddingService(self._write).queue(version_id)

    async def give_up_abandoned(self) -> None:
        """Say of documents whose job was cancelled, or has failed too often, that they were not read."""
        waiting = await reads.unread(await self._write.connection())  # looked at first: a job ends after its document
        jobs = await under_way(await self._write.connection(), f"audit.{EXTRACT}")
        for version_id in sorted(set(waiting) - {args["version_id"] for args in jobs}):
            job = await self._documents.lock(version_id)
            if job is not None and job.status in UNREAD:
                await self._advance(version_id, "give-up", reason=GIVEN_UP, finished_at=self._now)

    async def _advance(self, version_id: int, action: str, **values: Any) -> None:
        job = await self._documents.lock(version_id)
        if job is None:
            raise JobNotFound(version_id)
        job.status = JOB_MACHINE.advance(job, action, lambda permission: True)
        for name, value in values.items():
            setattr(job, name, value)
        await self._write.session.flush()


async def _of_known_kinds(streams: AsyncIterable[FormFile]) -> AsyncIterator[FormFile]:
    async for stream in streams:
        name = tidy(stream.name)  # as it is kept, and goes by from here on
        if extension_of(name) not in EXTENSIONS:
            raise UnsupportedDocument(name)
        yield stream


def _one_each(names: Sequence[str], files: int) -> Sequence[str]:
    if len(names) not in (0, 1, files):
        raise InvalidInput(details={"ledger_names": f"{len(names)} names for {files} files"})
    return names if len(names) == files else [names[0] if names else ""] * files
