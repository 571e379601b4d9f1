"""Exceptions: what a check or a test of a ledger has brought up. A machine's suggestion, until somebody decides."""

from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.permissions import Action
from portico.apps.audit.tables import AuditTable, Done, OfEngagement
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

DECISIONS = ("open", "cleared", "followed_up")
DECISION_MACHINE = StateMachine(  # nothing but a person's word leads out of `open`
    Transition(action="clear", source={"open", "followed_up"}, target="cleared", permission=Action.WORK),
    Transition(action="follow_up", source={"open", "cleared"}, target="followed_up", permission=Action.WORK),
    state_of=attrgetter("decision"),
)


class Run(OfEngagement, Done, AuditTable):
    """One run of a check or a test over a ledger: its rule in words, its parameters, how many it brought up."""

    __tablename__ = "test_runs"
    __table_args__ = (Index(None, "ledger_id", "test", "id"),)

    ledger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledgers.id"))
    test: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(Text)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    tested: Mapped[int] = mapped_column(Integer)
    found: Mapped[int] = mapped_column(Integer)


class LedgerException(OfEngagement, Versioned, AuditTable):
    """`entry` and `line` are positions in the ledger; both null for what is about the ledger as a whole."""

    __tablename__ = "exceptions"
    __table_args__ = (
        CheckConstraint(f"decision IN {DECISIONS}", name="decision"),
        CheckConstraint(
            "CASE WHEN decision = 'open' THEN decided_by IS NULL"
            " ELSE decided_by IS NOT NULL AND decided_at IS NOT NULL AND decision_reason <> '' END",
            name="by_somebody",
        ),
        Index(None, "run_id", "id"),
        Index(None, "ledger_id", "entry"),
        Index(None, "engagement_id", "decision", "id"),
    )

    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("test_runs.id"))
    ledger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledgers.id"))
    entry: Mapped[int | None] = mapped_column(Integer)
    line: Mapped[int | None] = mapped_column(Integer)
    why: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    decision: Mapped[str] = mapped_column(Text, server_default="open", default="open")
    decision_reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
