"""Engagements, and how they go on."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, ForeignKey, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.engagements.readiness import all_answered, all_approved, all_read, all_resolved, no_drafts
from portico.apps.audit.permissions import Action
from portico.apps.audit.tables import AuditTable, Row
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

ENGAGEMENT_STATES = (
    "planned", "fieldwork", "review", "draft_report", "issued", "follow_up", "closed", "archived",
)  # fmt: skip
ENGAGEMENT_MACHINE = StateMachine(
    Transition(action="start", source={"planned"}, target="fieldwork", permission=Action.LEAD),
    Transition(
        action="submit-review", source={"fieldwork"}, target="review", permission=Action.LEAD, guards=[no_drafts]
    ),
    Transition(action="resume-fieldwork", source={"review"}, target="fieldwork", permission=Action.LEAD),
    Transition(
        action="draft-report", source={"review"}, target="draft_report", permission=Action.LEAD, guards=[all_approved]
    ),
    Transition(
        action="issue",
        source={"draft_report"},
        target="issued",
        permission=Action.LEAD,
        guards=[all_approved, all_answered],
    ),
    Transition(action="follow-up", source={"issued"}, target="follow_up", permission=Action.LEAD),
    Transition(
        action="close",
        source={"issued", "follow_up"},
        target="closed",
        permission=Action.LEAD,
        guards=[all_approved, all_resolved],
    ),
    Transition(
        action="archive",
        source={"closed"},
        target="archived",
        permission=Action.LEAD,
        guards=[all_approved, all_resolved, all_read],
    ),
)


class Engagement(Row, Versioned, AuditTable):
    """One audit of one client for one period. `settings` are what tests and checks compare with: limits, holidays.

    `issued_to` is how the client was called when the report was issued: a later name changes no report.
    """

    __tablename__ = "engagements"
    __table_args__ = (
        CheckConstraint(f"state IN {ENGAGEMENT_STATES}", name="state"),
        CheckConstraint("period_start <= period_end", name="period"),
        CheckConstraint("(archived_at IS NOT NULL) = (state = 'archived')", name="archived"),
        Index(None, "client_id"),
    )

    client_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("clients.id"))
    name: Mapped[str] = mapped_column(Text)
    objective: Mapped[str] = mapped_column(Text, server_default="", default="")
    period_start: Mapped[date] = mapped_column(Date)
    period_end: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(Text, server_default="EUR", default="EUR")
    materiality: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    performance_materiality: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    state: Mapped[str] = mapped_column(Text, server_default="planned", default="planned")
    issued_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    issued_to: Mapped[str | None] = mapped_column(Text)
