"""The evidence vault: documents whose bytes never change. A new upload is a new version."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.permissions import Action
from portico.apps.audit.tables import AuditTable, OfEngagement, Row
from portico.kernel.state_machine import StateMachine, Transition

VERSION_STATES = ("received", "sealed", "superseded")
VERSION_MACHINE = StateMachine(
    Transition(action="seal", source={"received"}, target="sealed", permission=Action.TAKE_EVIDENCE),
    Transition(action="supersede", source={"received", "sealed"}, target="superseded"),
)


class Evidence(OfEngagement, AuditTable):
    """A document of an engagement, which an auditee has answered a request with or an auditor has filed."""

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("engagement_id", "number"),
        Index(None, "request_id"),
        Index(None, "procedure_id"),
    )

    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    request_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("requests.id"))
    procedure_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("procedures.id"))


class EvidenceVersion(Row, AuditTable):
    """One upload: SHA-256 and size at receipt. `failed_at` is when its bytes were first found to be others."""

    __tablename__ = "evidence_versions"
    __table_args__ = (
        CheckConstraint(f"state IN {VERSION_STATES}", name="state"),
        UniqueConstraint("evidence_id", "number"),
        Index(None, "verified_at"),
    )

    evidence_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("evidence.id"))
    number: Mapped[int] = mapped_column(Integer)
    file_id: Mapped[UUID] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="received", default="received")
    received_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    received_from: Mapped[str] = mapped_column(Text)
    sealed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
