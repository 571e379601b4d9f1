"""Where the sample data is played: who acts, at what time, with which papers. Everything goes through the services."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from portico.apps.audit.permissions import Access
from portico.apps.audit.sample.papers import Papers
from portico.apps.audit.sample.repository import SampleRepository
from portico.identity.public import Caller
from portico.kernel.files import Files, StoredFile
from portico.kernel.transaction import Transaction

ADDRESS = "192.0.2.10"  # of no machine (RFC 5737)


@dataclass(frozen=True)
class Stage:
    """`people` by their addresses, `stored` by the short names of their papers."""

    write: Transaction
    files: Files
    repository: SampleRepository
    people: dict[str, dict[str, Any]]
    papers: Papers
    stored: dict[str, StoredFile]
    now: datetime

    def access(self, email: str) -> Access:
        row = self.people[email]
        return Access(Caller(row["id"], uuid4(), frozenset({row["role"]}), name=email), ADDRESS)

    def guid(self, email: str) -> UUID:
        found: UUID = self.people[email]["guid"]
        return found

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)


@dataclass
class Scene:
    """One engagement as it is played: what it has so far, by the names that the sample uses."""

    stage: Stage
    engagement_id: int
    procedures: dict[str, int] = field(default_factory=dict)
    requirements: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    """Versions of evidence."""
    workpapers: dict[str, int] = field(default_factory=dict)
