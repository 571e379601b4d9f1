"""Samples: planned, drawn from a frozen population by a seed, examined and evaluated."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.permissions import Action
from portico.apps.audit.tables import AuditTable, OfEngagement
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

METHODS = ("attribute", "monetary_unit")
SAMPLE_STATES = ("planned", "selected", "evaluated")
SAMPLE_MACHINE = StateMachine(
    Transition(action="select", source={"planned"}, target="selected", permission=Action.WORK),
    # A result that is corrected takes the evaluation back: it was of other results.
    Transition(action="record", source={"selected", "evaluated"}, target="selected", permission=Action.WORK),
    Transition(action="evaluate", source={"selected", "evaluated"}, target="evaluated", permission=Action.WORK),
)


class Sample(OfEngagement, Versioned, AuditTable):
    """`plan` are the parameters and the size with its formula; `evaluation` is what the items say about all of them."""

    __tablename__ = "samples"
    __table_args__ = (
        CheckConstraint(f"method IN {METHODS}", name="method"),
        CheckConstraint(f"state IN {SAMPLE_STATES}", name="state"),
        CheckConstraint("(state = 'planned') = (selected_at IS NULL)", name="selected"),
        UniqueConstraint("engagement_id", "number"),
        Index(None, "population_id"),
        Index(None, "procedure_id"),
    )

    number: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    population_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("populations.id"))
    procedure_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("procedures.id"))
    method: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    seed: Mapped[str] = mapped_column(Text, server_default="", default="")
    state: Mapped[str] = mapped_column(Text, server_default="planned", default="planned")
    evaluation: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    selected_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    evaluated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SampleItem(AuditTable):
    """An item that was drawn, and what the auditor found. `hits` are the monetary units or draws that chose it."""

    __tablename__ = "sample_items"

    sample_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("samples.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    hits: Mapped[int] = mapped_column(Integer, server_default="1", default=1)
    is_deviation: Mapped[bool | None] = mapped_column(Boolean)
    audited_amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
