"""Inspections, and nonconformances from their record to their end."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.permissions import Action
from portico.apps.factory.tables import Done, FactoryTable, Row, refers
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

DISPOSITIONS = ("use_as_is", "rework", "scrap", "return_to_supplier")
NONCONFORMANCE_STATES = ("open", "contained", "dispositioned", "closed")
NONCONFORMANCE_MACHINE = StateMachine(
    Transition(action="contain", source={"open"}, target="contained", permission=Action.DISPOSE),
    Transition(action="disposition", source={"open", "contained"}, target="dispositioned", permission=Action.DISPOSE),
    Transition(action="close", source={"dispositioned"}, target="closed", permission=Action.DISPOSE),
)


class Inspection(Row, Done, FactoryTable):
    """A check of a lot, a piece or an operation. It is never changed: one looks again."""

    __tablename__ = "inspections"
    __table_args__ = (
        CheckConstraint("result IN ('pass', 'fail')", name="result"),
        CheckConstraint("num_nonnulls(lot_id, piece_id, operation_id) = 1", name="subject"),
        refers("lot_id", "lots"),
        refers("piece_id", "pieces"),
        refers("operation_id", "operations"),
        Index(None, "company_id", "lot_id"),
        Index(None, "company_id", "piece_id"),
        Index(None, "company_id", "operation_id"),
    )

    lot_id: Mapped[int | None] = mapped_column(BigInteger)
    piece_id: Mapped[int | None] = mapped_column(BigInteger)
    operation_id: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    measurements: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    note: Mapped[str] = mapped_column(Text, server_default="", default="")


class Nonconformance(Row, Done, Versioned, FactoryTable):
    """`number` counts in the company. To contain it blocks its lot: by `block_id`."""

    __tablename__ = "nonconformances"
    __table_args__ = (
        CheckConstraint(f"state IN {NONCONFORMANCE_STATES}", name="state"),
        CheckConstraint(f"disposition IN {DISPOSITIONS}", name="disposition"),
        CheckConstraint("(disposition IS NULL) = (state IN ('open', 'contained'))", name="decided"),
        UniqueConstraint("company_id", "number"),
        refers("lot_id", "lots"),
        refers("piece_id", "pieces"),
        refers("inspection_id", "inspections"),
        refers("block_id", "blocks"),
        Index(None, "company_id", "lot_id"),
        Index(None, "company_id", "piece_id"),
        Index(None, "company_id", "state", "id"),
    )

    number: Mapped[int] = mapped_column(Integer)
    lot_id: Mapped[int | None] = mapped_column(BigInteger)
    piece_id: Mapped[int | None] = mapped_column(BigInteger)
    inspection_id: Mapped[int | None] = mapped_column(BigInteger)
    block_id: Mapped[int | None] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="", default="")
    state: Mapped[str] = mapped_column(Text, server_default="open", default="open")
    disposition: Mapped[str | None] = mapped_column(Text)
    decision_reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    decided_by: Mapped[str] = mapped_column(Text, server_default="", default="")
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
