"""The declarative base of this app's tables, and the columns that several of them share."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.kernel.tables import metadata

SCHEMA = "audit"


class AuditTable(DeclarativeBase):
    metadata = metadata(SCHEMA)


AuditTable.metadata.info["beside"] = ("chunk_vectors",)
"""Tables that no model has, which alembic passes over: this one is only where there is an extension for it."""


class Row:
    """A row with an id of its own, and when it was made by the server's clock."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, sort_order=-2)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class OfEngagement(Row):
    """A row of one engagement. Nothing goes with it: an engagement that holds anything stays."""

    engagement_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("engagements.id"), sort_order=-1)


class Done:
    """A row that says who did it and when. The name is kept as it was then."""

    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    user_name: Mapped[str] = mapped_column(Text)
