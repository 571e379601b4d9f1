"""Defects: an open one keeps its release from going on."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Computed, DateTime, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.search import vector
from portico.kernel.tables import Versioned


class Defect(Row, Versioned, ReleasesTable):
    """Open until it is resolved. One of severity `critical` blocks a published release."""

    __tablename__ = "defects"
    __table_args__ = (
        CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name="severity"),
        Index(None, "release_id", "id"),
        Index(None, "search", postgresql_using="gin"),
        Index("defects_open", "release_id", postgresql_where=text("resolved_at IS NULL")),
    )

    release_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("releases.id", ondelete="RESTRICT"))
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="", default="")
    severity: Mapped[str] = mapped_column(Text, server_default="high", default="high")
    reported_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    resolved_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    resolution: Mapped[str] = mapped_column(Text, server_default="", default="")
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed(vector(title="A", description="B", resolution="C"), persisted=True), deferred=True
    )
