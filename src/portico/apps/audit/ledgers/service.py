"""The rules of ledgers: a file becomes evidence first, and is read in a job."""

from datetime import datetime
from typing import Any

from portico.apps.audit.engagements.standing import enter
from portico.apps.audit.evidence import reads as evidence
from portico.apps.audit.evidence.service import VersionNotFound
from portico.apps.audit.ledgers.mapping import Mapping
from portico.apps.audit.ledgers.models import Ledger
from portico.apps.audit.ledgers.repository import LedgerRepository
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.kernel.errors import InvalidInput, NotFound, existing
from portico.kernel.jobs import enqueue
from portico.kernel.transaction import Transaction

JOB = "import_ledger"
FORMATS = {
    "text/xml": "saft",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-excel": "xls",
    "text/csv": "csv",
    "text/plain": "csv",
}
"""By the media type of the evidence, until the file has been read."""
EXTENSIONS = {"csv": "csv", "txt": "csv", "xls": "xls", "xlsx": "xlsx", "xml": "saft"}
"""Of what has no media type of its own: old sheets, and CSV that is not UTF-8."""


class LedgerNotFound(NotFound):
    def __init__(self, ledger_id: int) -> None:
        super().__init__(f"There is no ledger {ledger_id}.")


class LedgerService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._ledgers = LedgerRepository(write)

    async def queue(self, version_id: int, **about: Any) -> tuple[int, int]:
        """Have a version of evidence read as a ledger; answers the ledger's id and the job's. Raises as `begin`."""
        ledger_id, engagement_id = await self.begin(version_id, **about)
        return ledger_id, await self._enqueue(ledger_id, engagement_id)

    async def begin(
        self, version_id: int, *, name: str = "", kind: str = "general", financial_year: str = "",
        mapping: Mapping | None = None,
    ) -> tuple[int, int]:  # fmt: skip
        """A ledger whose books are still to be imported; answers its id and the engagement's.

        Raises `VersionNotFound`, `Forbidden`, `EngagementArchived`, `InvalidInput`.
        """
        found = await evidence.version(await self._write.connection(), self._access, version_id)
        version = existing(found, VersionNotFound(version_id))
        standing = await enter(self._write, self._access, version["engagement_id"], Action.WORK)
        form = FORMATS.get(version["media_type"]) or EXTENSIONS.get(version["name"].rpartition(".")[2].lower())
        if form is None:
            raise InvalidInput(details={"file": f"is {version['media_type']}, and no XML, CSV or sheet"})
        ledger = Ledger(
            engagement_id=standing.engagement_id, evidence_version_id=version_id, name=name or version["name"],
            kind=kind, format=form, financial_year=financial_year, currency=standing.currency, state="importing",
            mapping=(mapping or Mapping()).model_dump(mode="json", exclude_unset=True),
            imported_by=self._access.user_id, created_at=self._now,
        )  # fmt: skip
        await self._ledgers.add(ledger)
        await log_in(
            self._write, self._access, "ledger.import_queued", standing.engagement_id, f"ledger:{ledger.id}",
            evidence_version=version_id, sha256=version["sha256"], kind=kind,
        )  # fmt: skip
        return ledger.id, standing.engagement_id

    async def _enqueue(self, ledger_id: int, engagement_id: int) -> int:
        assert self._access.caller is not None  # noqa: S101 - else nobody stood there
        about: dict[str, Any] = {"user_name": self._access.user_name, "address": self._access.actor.address}
        return await enqueue(
            self._write, f"audit.{JOB}", owner=self._access.caller.key, ledger_id=ledger_id,
            engagement_id=engagement_id, user_id=self._access.user_id, **about,
        )  # fmt: skip
