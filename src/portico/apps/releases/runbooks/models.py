"""Runbooks: what to do, step by step, and the times that somebody did it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Computed, DateTime, ForeignKey, Index, Integer, Text, func
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.search import vector
from portico.kernel.tables import Versioned


class Runbook(Row, Versioned, ReleasesTable):
    """`steps` is a list of `{title, text}`, and `steps_text` its words.

    `edition` counts the changes; a run keeps the edition that it followed.
    """

    __tablename__ = "runbooks"
    __table_args__ = (Index(None, "search", postgresql_using="gin"),)

    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, server_default="", default="")
    service_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("services.id", ondelete="CASCADE"), index=True
    )
    steps: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    steps_text: Mapped[str] = mapped_column(Text, server_default="", default="")
    edition: Mapped[int] = mapped_column(Integer, server_default="1", default=1)
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed(vector(title="A", text="B", steps_text="C"), persisted=True), deferred=True
    )
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.clock_timestamp()
    )


class RunbookRun(Row, Versioned, ReleasesTable):
    """Steps as they were when it began, each with who did it and when."""

    __tablename__ = "runbook_runs"

    runbook_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("runbooks.id", ondelete="RESTRICT"), index=True)
    edition: Mapped[int] = mapped_column(Integer)
    steps: Mapped[list[Any]] = mapped_column(JSONB)
    incident_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("incidents.id", ondelete="SET NULL"), index=True
    )
    deployment_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("deployments.id", ondelete="SET NULL"), index=True
    )
    started_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
