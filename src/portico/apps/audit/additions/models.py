"""What is added to an engagement after it was archived."""

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.tables import AuditTable, Done, OfEngagement


class Addition(OfEngagement, Done, AuditTable):
    """What was added to an archived engagement: by whom, when and why (ISA 230.16). It changes nothing of the rest."""

    __tablename__ = "additions"
    __table_args__ = (Index(None, "engagement_id"),)

    text: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
