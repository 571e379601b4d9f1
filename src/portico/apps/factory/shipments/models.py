"""Shipments: what left, to whom, on which trolley."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.permissions import Action
from portico.apps.factory.tables import FactoryTable, Owned, Row, refers
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

SHIPMENT_MACHINE = StateMachine(
    Transition(action="ship", source={"draft"}, target="shipped", permission=Action.PLAN),
    Transition(action="cancel", source={"draft"}, target="cancelled", permission=Action.PLAN),
)


class Shipment(Row, Versioned, FactoryTable):
    __tablename__ = "shipments"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'shipped', 'cancelled')", name="state"),
        UniqueConstraint("company_id", "code"),
        refers("project_id", "projects"),
    )

    code: Mapped[str] = mapped_column(Text)
    project_id: Mapped[int | None] = mapped_column(BigInteger)
    customer: Mapped[str] = mapped_column(Text, server_default="", default="")
    trolley: Mapped[str] = mapped_column(Text, server_default="", default="")
    state: Mapped[str] = mapped_column(Text, server_default="draft", default="draft")
    shipped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ShipmentLine(Owned, FactoryTable):
    __tablename__ = "shipment_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        refers("shipment_id", "shipments"),
        refers("lot_id", "lots"),
        Index(None, "company_id", "lot_id"),
    )

    shipment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    lot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
