"""Routings: how something is made. A released edition never changes; a change is the next edition."""

from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Integer, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.permissions import Action
from portico.apps.factory.tables import FactoryTable, Owned, Row, refers
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

ROUTING_MACHINE = StateMachine(
    Transition(action="release", source={"draft"}, target="released", permission=Action.CONFIGURE),
    Transition(action="retire", source={"released"}, target="retired", permission=Action.CONFIGURE),
)


class Routing(Row, Versioned, FactoryTable):
    __tablename__ = "routings"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'released', 'retired')", name="state"),
        UniqueConstraint("company_id", "code", "edition"),
    )

    code: Mapped[str] = mapped_column(Text)
    edition: Mapped[int] = mapped_column(Integer, server_default="1", default=1)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    state: Mapped[str] = mapped_column(Text, server_default="draft", default="draft")


class RoutingStep(Owned, FactoryTable):
    """`standard_seconds` is the planned run time for one item: the ISO 22400-2 PRI."""

    __tablename__ = "routing_steps"
    __table_args__ = (
        refers("routing_id", "routings", ondelete="CASCADE"),
        refers("workstation_id", "workstations"),
        CheckConstraint("standard_seconds > 0", name="standard_seconds"),
    )

    routing_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    workstation_id: Mapped[int] = mapped_column(BigInteger)
    standard_seconds: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    instruction: Mapped[str] = mapped_column(Text, server_default="", default="")
