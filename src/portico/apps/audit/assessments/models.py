"""Assessments: what was found of a requirement by examining, interviewing or testing (NIST SP 800-53A)."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.methods import METHODS
from portico.apps.audit.tables import AuditTable, Done, OfEngagement

RESULTS = ("satisfied", "other-than-satisfied")


class EngagementFramework(Done, AuditTable):
    """That an engagement assesses by a framework. It may go again as long as nothing was assessed by it."""

    __tablename__ = "engagement_frameworks"
    __table_args__ = (Index(None, "framework_id"),)

    engagement_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("engagements.id"), primary_key=True, autoincrement=False
    )
    framework_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("frameworks.id"), primary_key=True, autoincrement=False
    )


class Assessment(OfEngagement, Done, AuditTable):
    """One look at a requirement. It is never changed: one looks again, and the newest one counts."""

    __tablename__ = "assessments"
    __table_args__ = (
        CheckConstraint(f"method IN {METHODS}", name="method"),
        CheckConstraint(f"result IN {RESULTS}", name="result"),
        Index(None, "engagement_id", "requirement_id", "id"),
        Index(None, "procedure_id"),
    )

    requirement_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("requirements.id"))
    procedure_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("procedures.id"))
    workpaper_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("workpapers.id"))
    method: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    observation: Mapped[str] = mapped_column(Text)
