"""Audit procedures: what is done to find out."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.methods import METHODS
from portico.apps.audit.tables import AuditTable, OfEngagement
from portico.kernel.tables import Versioned

PACKS = ("transaction", "control")


class Procedure(OfEngagement, Versioned, AuditTable):
    """`method` is one of NIST SP 800-53A. A procedure of the control pack assesses a requirement of a framework."""

    __tablename__ = "procedures"
    __table_args__ = (
        CheckConstraint(f"method IN {METHODS}", name="method"),
        CheckConstraint(f"pack IN {PACKS}", name="pack"),
        UniqueConstraint("engagement_id", "code"),
        Index(None, "requirement_id"),
    )

    code: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="", default="")
    pack: Mapped[str] = mapped_column(Text, server_default="transaction", default="transaction")
    method: Mapped[str] = mapped_column(Text, server_default="examine", default="examine")
    requirement_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("requirements.id"))
