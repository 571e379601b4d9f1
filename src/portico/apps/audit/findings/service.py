"""The rules of findings as they are written: on a workpaper, for an auditee, resting on evidence."""

from datetime import datetime
from typing import Any
from uuid import UUID

from portico.apps.audit.engagements.standing import Standing, enter, next_number
from portico.apps.audit.findings import reads
from portico.apps.audit.findings.models import Finding
from portico.apps.audit.findings.repository import FindingRepository
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import AUDITEE, Access, Action
from portico.apps.audit.workpapers import reads as workpapers
from portico.apps.audit.workpapers.service import EvidenceVersionNotFound
from portico.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, existing
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

OVER = ("closed_verified", "withdrawn")


class FindingNotFound(NotFound):
    def __init__(self, finding_id: int) -> None:
        super().__init__(f"There is no finding {finding_id}.")


class FindingSent(Conflict):
    code = "FINDING_SENT"
    message = (
        "It is no draft any more: of what was sent only the owner changes. Where it is disputed, it can be revised."
    )


class NoRetest(Conflict):
    code = "NO_RETEST"
    message = "Evidence is linked while it is a draft, and for a retest while it is ready for one."


class NotOfRetest(Conflict):
    code = "NOT_OF_RETEST"
    message = "This evidence was there before: a retest has evidence of its own."


class FindingService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._findings = FindingRepository(write)

    async def create(
        self, engagement_id: int, *, workpaper_id: int, owner_id: UUID | None = None, **values: Any
    ) -> int:
        """Add a draft and answer its id. Raises what `enter` raises, `InvalidInput`."""
        await enter(self._write, self._access, engagement_id, Action.FIND)
        await self._check_workpaper(engagement_id, workpaper_id)
        number = await next_number(self._write, engagement_id, "findings")
        finding = Finding(
            engagement_id=engagement_id, number=number, workpaper_id=workpaper_id, created_at=self._now,
            owner_id=await self._auditee(engagement_id, owner_id), written_by=self._access.user_id, **values,
        )  # fmt: skip
        await self._save(finding)
        await self._log(finding, "drafted", number=number, title=finding.title)
        return finding.id

    async def change(self, finding_id: int, match: IfMatch, **values: Any) -> None:
        """Edit a draft, or hand a finding that was sent over to another owner.

        Raises `FindingNotFound`, `Forbidden`, `PreconditionFailed`, `FindingSent`, `InvalidInput`.
        """
        _, finding = await self._of_team(finding_id)
        match.check(finding.version)
        if finding.state != "draft":
            await self._hand_over(finding, values)
            return
        if "workpaper_id" in values:
            await self._check_workpaper(finding.engagement_id, values["workpaper_id"])
        if "owner_id" in values:
            values["owner_id"] = await self._auditee(finding.engagement_id, values["owner_id"])
        if values:
            finding.change(**values)
            await self._save(finding)
            await self._log(finding, "edited", fields=[*values])

    async def link(self, finding_id: int, evidence_version_id: int, match: IfMatch) -> None:
        """Have a draft rest on a version of evidence, or the retest that the finding is ready for.

        Raises `FindingNotFound`, `Forbidden`, `EvidenceVersionNotFound`, `PreconditionFailed`, `NoRetest`,
        `NotOfRetest`.
        """
        _, finding = await self._of_team(finding_id)
        match.check(finding.version)
        if finding.state not in ("draft", "ready_for_retest"):
            raise NoRetest
        connection = await self._write.connection()
        found = await workpapers.evidence_version(connection, finding.engagement_id, evidence_version_id)
        existing(found, EvidenceVersionNotFound(evidence_version_id))
        retest = 0 if finding.state == "draft" else finding.retests
        before = await self._findings.link(finding_id, evidence_version_id, retest)
        if before is None:
            finding.change()
            await self._log(finding, "linked", evidence_version=evidence_version_id, retest=retest)
        elif retest not in (0, before):
            raise NotOfRetest

    async def _hand_over(self, finding: Finding, values: dict[str, Any]) -> None:
        """Owners leave, or are not those who decide. What was said to the one before is not for the next."""
        if values.keys() != {"owner_id"} or finding.state in OVER:
            raise FindingSent
        owner, before = await self._auditee(finding.engagement_id, values["owner_id"]), finding.owner_id
        if owner is None:
            raise InvalidInput(details={"owner_id": "somebody owns what was sent"})
        if owner != before:
            finding.change(owner_id=owner, sent_at=self._now)
            me, name = self._access.user_id, self._access.user_name
            self._findings.say(finding, "hand-over", "", self._now, user_id=me, name=name)
            await self._log(finding, "handed_over", before=before, owner=owner)

    async def _of_team(self, finding_id: int) -> tuple[Standing, Finding]:
        standing, finding = await locked(self._write, self._access, finding_id)
        if not standing.may(Action.FIND):
            raise Forbidden
        return standing, finding

    async def _check_workpaper(self, engagement_id: int, workpaper_id: int) -> None:
        if not await workpapers.is_in(await self._write.connection(), engagement_id, workpaper_id):
            raise InvalidInput(details={"workpaper_id": "not found"})

    async def _auditee(self, engagement_id: int, guid: UUID | None) -> int | None:
        if guid is None:
            return None
        found = await self._findings.auditee(engagement_id, guid)
        if found is None:
            raise InvalidInput(details={"owner_id": "is no auditee of the engagement"})
        return found

    async def _save(self, finding: Finding) -> None:
        if (refusal := await self._findings.save(finding)) is not None:
            field = "requirement_id" if "requirement" in refusal else "workpaper_id"
            raise InvalidInput(details={field: "not found"})

    async def _log(self, finding: Finding, what: str, **details: Any) -> None:
        thing = f"finding:{finding.id}"
        await log_in(self._write, self._access, f"finding.{what}", finding.engagement_id, thing, **details)


async def locked(write: Transaction, access: Access, finding_id: int) -> tuple[Standing, Finding]:
    """A finding that the caller sees, locked, and the caller in its engagement, which nobody archives meanwhile.

    Raises `FindingNotFound`, `EngagementArchived`.
    """
    missing = FindingNotFound(finding_id)
    row = existing(await reads.case(await write.connection(), access.user_id, finding_id), missing)
    to_see = Action.OWN if row["role"] == AUDITEE else Action.SEE
    standing = await enter(write, access, row["engagement_id"], to_see)
    return standing, existing(await FindingRepository(write).lock(finding_id), missing)
