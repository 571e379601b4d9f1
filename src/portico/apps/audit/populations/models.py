"""Populations: what samples are drawn from. Frozen, one has a hash that says exactly what is in it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
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

POPULATION_STATES = ("draft", "frozen")
POPULATION_MACHINE = StateMachine(
    Transition(action="freeze", source={"draft"}, target="frozen", permission=Action.WORK),
)


class Population(OfEngagement, Versioned, AuditTable):
    """The lines of a ledger that a filter finds. `value` is the sum of the amounts without their signs."""

    __tablename__ = "populations"
    __table_args__ = (
        CheckConstraint(f"state IN {POPULATION_STATES}", name="state"),
        CheckConstraint("(state = 'frozen') = (hash IS NOT NULL)", name="frozen"),
        UniqueConstraint("engagement_id", "number"),
        Index(None, "ledger_id"),
    )

    number: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    ledger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledgers.id"))
    filter: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    state: Mapped[str] = mapped_column(Text, server_default="draft", default="draft")
    count: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    value: Mapped[Decimal] = mapped_column(Numeric(20, 2), server_default="0", default=0)
    hash: Mapped[str | None] = mapped_column(Text)
    frozen_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    frozen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PopulationItem(AuditTable):
    """One line of a frozen population. `position` counts from 1 in the order of the hash."""

    __tablename__ = "population_items"

    population_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("populations.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))
