"""The rules of the vault: what is received stays as it was received, and who touches it stands in the log."""

from collections.abc import AsyncIterable
from datetime import datetime
from typing import Any

from portico.apps.audit.engagements.standing import Standing, enter, next_number
from portico.apps.audit.evidence import reads
from portico.apps.audit.evidence.models import VERSION_MACHINE, Evidence, EvidenceVersion
from portico.apps.audit.evidence.repository import EvidenceRepository
from portico.apps.audit.evidence.verifying import OWNER, EvidenceAltered, Finding, SealRefused, file_of, verify
from portico.apps.audit.extraction.kinds import EXTENSIONS, EXTRACT, extension_of
from portico.apps.audit.log import log_in
from portico.apps.audit.members import reads as members
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.requests import standing as requests
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput, NotFound, existing
from portico.kernel.files import Files, StoredFile
from portico.kernel.jobs import enqueue
from portico.kernel.transaction import Transaction

LARGEST = 200 * 1024 * 1024  # bytes


class EvidenceNotFound(NotFound):
    def __init__(self, evidence_id: int) -> None:
        super().__init__(f"There is no evidence {evidence_id}.")


class VersionNotFound(NotFound):
    def __init__(self, version_id: int) -> None:
        super().__init__(f"There is no version {version_id} of evidence.")


class NoRole(NotFound):
    message = "You have no role in any engagement."


class EvidenceService:
    def __init__(self, write: Transaction, access: Access, now: datetime, files: Files) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._files = files
        self._evidence = EvidenceRepository(write)

    async def receive(
        self, engagement_id: int, stream: AsyncIterable[bytes], *, name: str | None = None, title: str = "",
        request_id: int | None = None, procedure_id: int | None = None, evidence_id: int | None = None,
    ) -> int:  # fmt: skip
        """Store a document and answer the id of its version. Nothing may have been written before: see `Files.store`.

        Raises as `file_away`, and what `Files.store` raises.
        """
        await enter(self._write, self._access, engagement_id, Action.FILE_EVIDENCE)  # before the bytes come, and again
        file = await self._files.store(self._write, stream, owner=OWNER, name=name, limit=LARGEST)
        return await self.file_away(
            engagement_id, file, title=title, request_id=request_id, procedure_id=procedure_id, evidence_id=evidence_id
        )  # fmt: skip

    async def take(self, streams: AsyncIterable[AsyncIterable[bytes]]) -> list[StoredFile]:
        """Store bytes that `file_away` then makes evidence, in the same transaction. Raises `NoRole`, as `Files.store`.

        What they are for is known when they are there. But who has just signed up fills no disk of ours.
        """
        if not await members.has_role(await self._write.connection(), self._access.user_id):
            raise NoRole
        return await self._files.store_all(self._write, streams, owner=OWNER, limit=LARGEST)

    async def file_away(
        self, engagement_id: int, file: StoredFile, *, title: str = "", request_id: int | None = None,
        procedure_id: int | None = None, evidence_id: int | None = None,
    ) -> int:  # fmt: skip
        """Make a stored file a version of new evidence, or the next one of `evidence_id`; answers its id.

        Raises what `enter` raises, `EvidenceNotFound`, `RequestNotFound`, `RequestClosed`, `InvalidInput`.
        """
        standing = await enter(self._write, self._access, engagement_id, Action.FILE_EVIDENCE)
        if evidence_id is None:
            await requests.require_open(self._write, standing, request_id)
            evidence: Any = await self._new(standing, title or file.name, request_id, procedure_id)
            number = 1
        else:
            evidence, number = await self._next_of(standing, evidence_id, request_id, procedure_id)
        return await self._add_version(standing, evidence, number, file)

    async def seal(self, version_id: int) -> None:
        """Take a version as evidence. Raises `VersionNotFound`, `Forbidden`, `IllegalTransition`, `SealRefused`."""
        found = existing(await self._version(version_id), VersionNotFound(version_id))
        standing = await enter(self._write, self._access, found["engagement_id"], Action.TAKE_EVIDENCE)
        version = existing(await self._evidence.lock(version_id), VersionNotFound(version_id))
        if version.failed_at is not None:
            raise SealRefused
        version.state = VERSION_MACHINE.advance(version, "seal", standing.may)
        version.sealed_at = self._now
        await self._write.session.flush()
        await self._log(found, "evidence.sealed", sha256=found["sha256"])

    async def has_procedure(self, engagement_id: int, procedure_id: int) -> bool:
        """Whether this is a procedure of this engagement, which the caller has entered."""
        return await self._evidence.has_procedure(engagement_id, procedure_id)

    async def seal_answers(self, request_id: int) -> None:
        """Seal the newest versions of what answers a request, whose row is locked. Raises as `seal`."""
        for version_id in await reads.newest_received(await self._write.connection(), request_id):
            await self.seal(version_id)

    async def open(self, version_id: int) -> StoredFile:
        """A version whose bytes have just been verified, and whose reading is logged.

        Raises `VersionNotFound`, and `EvidenceAltered`, which is logged and kept as well.
        """
        found = existing(await self._version(version_id), VersionNotFound(version_id))
        file = file_of(found)
        finding = await self._write.aside(verify(self._files, file))
        if not finding.is_intact:
            await self._fail(found, finding)
            raise EvidenceAltered(details=finding.details)
        await self._log(found, "evidence.read")
        return file

    async def verify(self, version_id: int) -> Finding:
        """Check the stored bytes of a version, and keep what was found. Raises `VersionNotFound`."""
        found = existing(await self._version(version_id), VersionNotFound(version_id))
        finding = await self._write.aside(verify(self._files, file_of(found)))
        if finding.is_intact:
            await self._evidence.verified(version_id, self._now)
            await self._log(found, "evidence.verified", sha256=finding.found)
        else:
            await self._fail(found, finding)
        return finding

    async def _new(self, standing: Standing, title: str, request_id: int | None, procedure_id: int | None) -> Evidence:
        if procedure_id is not None and (
            standing.is_auditee or not await self._evidence.has_procedure(standing.engagement_id, procedure_id)
        ):
            raise InvalidInput(details={"procedure": "is no procedure of this engagement"})
        evidence = Evidence(
            engagement_id=standing.engagement_id, title=title, request_id=request_id, procedure_id=procedure_id,
            number=await next_number(self._write, standing.engagement_id, "evidence"), created_at=self._now,
        )  # fmt: skip
        await self._evidence.add(evidence)
        return evidence

    async def _next_of(
        self, standing: Standing, evidence_id: int, request_id: int | None, procedure_id: int | None
    ) -> tuple[Row, int]:
        connection = await self._write.connection()
        otherwise = EvidenceNotFound(evidence_id)
        existing(await reads.evidence(connection, self._access, evidence_id), otherwise)
        evidence = existing(await self._evidence.hold(standing.engagement_id, evidence_id), otherwise)
        if procedure_id is not None or request_id not in (None, evidence["request_id"]):
            raise InvalidInput(details={"evidence": "a new version belongs to what the first one belongs to"})
        await requests.require_open(self._write, standing, evidence["request_id"])
        await self._supersede(standing, evidence)
        return evidence, evidence["versions"] + 1

    async def _supersede(self, standing: Standing, evidence: Row) -> None:
        newest = await self._evidence.newest(evidence["id"])
        if newest is not None and newest.state != "superseded":
            newest.state = VERSION_MACHINE.advance(newest, "supersede", standing.may)
            await self._write.session.flush()
            thing = {"id": newest.id, "engagement_id": standing.engagement_id}
            await self._log(thing, "evidence.superseded", number=newest.number)

    async def _add_version(self, standing: Standing, evidence: Any, number: int, file: StoredFile) -> int:
        evidence_id = evidence.id if isinstance(evidence, Evidence) else evidence["id"]
        version = EvidenceVersion(
            evidence_id=evidence_id, number=number, file_id=file.id, name=file.name, media_type=file.media_type,
            size=file.size, sha256=file.sha256, received_by=self._access.user_id,
            received_from=self._access.actor.address, created_at=self._now,
        )  # fmt: skip
        await self._evidence.add(version)
        thing = {"id": version.id, "engagement_id": standing.engagement_id}
        told = {"evidence": evidence_id, "number": number, "name": file.name, "size": file.size, "sha256": file.sha256}
        await self._log(thing, "evidence.received", **told)
        if extension_of(file.name) in EXTENSIONS:
            # It is nobody's job: who has uploaded a document does not cancel that the team can search it.
            await enqueue(self._write, f"audit.{EXTRACT}", version_id=version.id)
        return version.id

    async def _fail(self, found: Row, finding: Finding) -> None:
        await self._evidence.failed(found["id"], self._now)
        await self._log(found, "evidence.failed", **finding.details)

    async def _version(self, version_id: int) -> Row | None:
        return await reads.version(await self._write.connection(), self._access, version_id)

    async def _log(self, version: Any, action: str, **details: Any) -> None:
        thing = f"evidence-version:{version['id']}"
        await log_in(self._write, self._access, action, version["engagement_id"], thing, **details)
