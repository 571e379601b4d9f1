"""Uploaded documents, what was extracted from them, and the pieces of text that a search finds."""

from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Computed, DateTime, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.tables import AuditTable, OfEngagement
from portico.kernel.search import vector
from portico.kernel.state_machine import StateMachine, Transition

JOB_STATUSES = ("queued", "running", "done", "failed")
UNREAD = {"queued", "running"}
JOB_MACHINE = StateMachine(
    # A worker that was killed has left it running; what was given up, an operator may queue again.
    Transition(action="begin", source={*UNREAD, "failed"}, target="running"),
    Transition(action="finish", source={"running"}, target="done"),
    Transition(action="give-up", source=UNREAD, target="failed"),
    state_of=attrgetter("status"),
)


class DocumentJob(OfEngagement, AuditTable):
    """The extraction of one upload. `result` is what was found: pages, tables, rows."""

    __tablename__ = "document_jobs"
    __table_args__ = (
        CheckConstraint(f"status IN {JOB_STATUSES}", name="status"),
        Index(None, "engagement_id", "id"),
        Index(None, "evidence_version_id", unique=True),
    )

    evidence_version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("evidence_versions.id"))
    ledger_name: Mapped[str] = mapped_column(Text, server_default="", default="")
    financial_year: Mapped[str] = mapped_column(Text, server_default="", default="")
    status: Mapped[str] = mapped_column(Text, server_default="queued", default="queued")
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    queued_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Chunk(OfEngagement, AuditTable):
    """A piece of a document's text, and the page that it is on. Where there is an embedder, vectors have a table."""

    __tablename__ = "chunks"
    __table_args__ = (
        Index(None, "search", postgresql_using="gin"),
        Index(None, "evidence_version_id", "page", "id"),
        Index(None, "engagement_id"),
    )

    evidence_version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("evidence_versions.id"))
    page: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    search: Mapped[Any] = mapped_column(TSVECTOR, Computed(vector(title="A", text="B"), persisted=True))
