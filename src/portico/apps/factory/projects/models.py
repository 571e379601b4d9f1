"""Projects, and what they are made of: components, assemblies and pieces, each with a code that is used once for ever.

Lengths are in millimetres, angles in degrees.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, Integer, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.permissions import Action
from portico.apps.factory.tables import Deletable, FactoryTable, Row, refers
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

PIECE_STATES = ("planned", "in_production", "completed", "shipped", "scrapped", "rework")
PIECE_MACHINE = StateMachine(
    Transition(action="produce", source={"planned", "in_production", "rework"}, target="in_production",
               permission=Action.WORK),
    Transition(action="complete", source={"in_production"}, target="completed", permission=Action.WORK),
    Transition(action="rework", source={"in_production", "completed"}, target="rework", permission=Action.WORK),
    Transition(action="scrap", source={"planned", "in_production", "completed", "rework"}, target="scrapped",
               permission=Action.WORK),
    Transition(action="ship", source={"completed"}, target="shipped", permission=Action.PLAN),
)  # fmt: skip
MADE = frozenset({"in_production", "rework", "completed", "shipped"})
"""The states in which there is something: it has the measures that it was cut to, and is not deleted."""


class Project(Row, Deletable, Versioned, FactoryTable):
    """An order of a customer, due on a day."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("company_id", "code"),)

    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    customer: Mapped[str] = mapped_column(Text, server_default="", default="")
    due_on: Mapped[date | None] = mapped_column(Date)


class Component(Row, Deletable, Versioned, FactoryTable):
    """A product of a project, such as a window."""

    __tablename__ = "components"
    __table_args__ = (
        UniqueConstraint("company_id", "code"),
        refers("project_id", "projects"),
        Index(None, "company_id", "project_id"),
    )

    project_id: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    quantity: Mapped[int] = mapped_column(Integer, server_default="1", default=1)


class Assembly(Row, Deletable, Versioned, FactoryTable):
    """A part of a component that is put together of pieces, such as its frame or a sash."""

    __tablename__ = "assemblies"
    __table_args__ = (
        UniqueConstraint("company_id", "code"),
        refers("component_id", "components"),
        Index(None, "company_id", "component_id"),
    )

    component_id: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    trolley: Mapped[str] = mapped_column(Text, server_default="", default="")
    cell: Mapped[str] = mapped_column(Text, server_default="", default="")


class Piece(Row, Deletable, Versioned, FactoryTable):
    """One cut piece. `barcode` is its code. `lot_id` is what it is as material, once it has been made.

    `replaces_id` is the scrapped piece that it is made in place of; each is replaced once. `bar_id` is the bar of the
    accepted cut plan.
    """

    __tablename__ = "pieces"
    __table_args__ = (
        CheckConstraint(f"state IN {PIECE_STATES}", name="state"),
        UniqueConstraint("company_id", "barcode"),
        refers("assembly_id", "assemblies"),
        refers("article_id", "articles"),
        refers("replaces_id", "pieces"),
        refers("work_order_id", "work_orders"),
        refers("lot_id", "lots"),
        Index(None, "company_id", "assembly_id"),
        Index(None, "company_id", "work_order_id"),
        Index(None, "company_id", "lot_id"),
        Index(None, "company_id", "replaces_id", unique=True),
        Index(
            "pieces_replacements_idx", "company_id", "work_order_id", postgresql_where=text("replaces_id IS NOT NULL")
        ),
    )

    assembly_id: Mapped[int] = mapped_column(BigInteger)
    article_id: Mapped[int | None] = mapped_column(BigInteger)
    barcode: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="planned", default="planned")
    outer_length: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    inner_length: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    left_angle: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    right_angle: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    profile: Mapped[str] = mapped_column(Text, server_default="", default="")
    colour: Mapped[str] = mapped_column(Text, server_default="", default="")
    material: Mapped[str] = mapped_column(Text, server_default="", default="")
    bar_id: Mapped[str] = mapped_column(Text, server_default="", default="")
    bar_length: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    bar_rest: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    trolley: Mapped[str] = mapped_column(Text, server_default="", default="")
    cell: Mapped[str] = mapped_column(Text, server_default="", default="")
    operations: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    replaces_id: Mapped[int | None] = mapped_column(BigInteger)
    work_order_id: Mapped[int | None] = mapped_column(BigInteger)
    lot_id: Mapped[int | None] = mapped_column(BigInteger)
