"""The check of all stored bytes: each version is hashed anew, and what is found is kept and reported."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portico.apps.audit.evidence.repository import EvidenceRepository
from portico.apps.audit.evidence.verifying import Finding, file_of, verify
from portico.apps.audit.log import log_by
from portico.kernel import event_log
from portico.kernel.database import Row
from portico.kernel.errors import Unavailable
from portico.kernel.event_log import Actor
from portico.kernel.files import Files
from portico.kernel.transaction import Transaction

CHECKER = Actor(name="nightly check")
READER = Actor(name="reading of documents")
MOST_NAMED = 1000  # versions in one report


@dataclass
class Report:
    """What a check has found so far. `named` are the versions that are not as they were received."""

    outcomes: Counter[str] = field(default_factory=Counter)
    checked_bytes: int = 0
    named: list[int] = field(default_factory=list)

    def add(self, version: Row, outcome: str, size: int) -> None:
        self.outcomes[outcome] += 1
        self.checked_bytes += size
        if outcome != "intact" and len(self.named) < MOST_NAMED:
            self.named.append(version["id"])

    @property
    def altered(self) -> int:
        return self.outcomes["altered"] + self.outcomes["missing"]

    @property
    def details(self) -> dict[str, Any]:
        counts = {outcome: self.outcomes[outcome] for outcome in ("intact", "altered", "missing", "unreadable")}
        return {"checked": self.outcomes.total(), **counts, "bytes": self.checked_bytes, "versions": self.named}


async def check(files: Files, version: Row) -> tuple[str, Finding | None]:
    """Intact, altered or missing; unreadable where the store does not answer, which says nothing of the bytes."""
    try:
        finding = await verify(files, file_of(version))
    except (OSError, Unavailable):
        return "unreadable", None
    if finding.is_intact:
        return "intact", finding
    return ("missing" if finding.found is None else "altered"), finding


class CheckService:
    """What jobs write that have read stored bytes: they have no caller."""

    def __init__(self, write: Transaction, now: datetime, by: Actor = CHECKER) -> None:
        self._write = write
        self._now = now
        self._by = by
        self._evidence = EvidenceRepository(write)

    async def keep(self, version: Row, finding: Finding) -> None:
        """Keep what one check has found."""
        if finding.is_intact:
            await self._evidence.verified(version["id"], self._now)
        else:
            await self.notice(version["id"], version["engagement_id"], finding.details)

    async def notice(self, version_id: int, engagement_id: int, hashes: Mapping[str, Any]) -> None:
        """Bytes were altered. It is logged when that is first noticed."""
        if await self._evidence.failed(version_id, self._now):
            thing = f"evidence-version:{version_id}"
            await log_by(self._write, self._by, "evidence.failed", engagement_id, thing, **hashes)

    async def report(self, report: Report) -> None:
        await event_log.add(
            self._write, app="audit", actor=self._by, action="evidence.checked", object="vault", details=report.details
        )
