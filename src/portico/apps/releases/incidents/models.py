"""Incidents: what went wrong in an environment, since when, until when, and which deployment was the reason."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Computed, DateTime, ForeignKey, Index, Text, true
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.search import vector
from portico.kernel.tables import Versioned


class Incident(Row, Versioned, ReleasesTable):
    """`deployment_id` is the one deployment that it is attributed to, and `attribution` says why.

    `needs_intervention`: it took people, at once. Such a deployment has failed, in the sense of DORA.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name="severity"),
        CheckConstraint("resolved_at >= opened_at", name="period"),
        CheckConstraint("attribution <> '' OR deployment_id IS NULL", name="attribution"),
        Index(None, "service_id", "opened_at"),
        Index(None, "deployment_id"),
        Index(None, "search", postgresql_using="gin"),
    )

    service_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("services.id", ondelete="RESTRICT"))
    environment_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("environments.id", ondelete="RESTRICT"), index=True
    )
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="", default="")
    severity: Mapped[str] = mapped_column(Text, server_default="high", default="high")
    needs_intervention: Mapped[bool] = mapped_column(Boolean, server_default=true(), default=True)
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    opened_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    deployment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("deployments.id", ondelete="RESTRICT"))
    attribution: Mapped[str] = mapped_column(Text, server_default="", default="")
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    resolved_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    resolution: Mapped[str] = mapped_column(Text, server_default="", default="")
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed(vector(title="A", description="B", resolution="C"), persisted=True), deferred=True
    )
