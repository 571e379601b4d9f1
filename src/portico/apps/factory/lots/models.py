"""Lots, the ledger of their movements, and the stock that follows from it.

A thing that is tracked by itself, such as a cut piece or a finished window, is a lot of one.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.permissions import Action
from portico.apps.factory.tables import Done, FactoryTable, Owned, Row, refers
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

LOT_STATES = ("quarantine", "released", "blocked", "rejected", "consumed", "expired", "shipped")
USABLE = "released"
"""The one state from which material may be consumed or shipped."""

SERVER = "server"
"""The permission of what follows from something else: it is no action of anybody's."""

GONE = ("rejected", "consumed", "expired", "shipped")
"""A lot in these states stays in them when it is blocked: the block is for what was made of it."""


def _held_here(lot: Any) -> str | None:
    return None if lot.own_blocks else "No block of its own holds it: lift that of what it was made of."


LOT_MACHINE = StateMachine(
    Transition(action="release", source={"quarantine"}, target="released", permission=Action.RECEIVE),
    Transition(action="block", source={"quarantine", "released", "blocked"}, target="blocked", permission=Action.BLOCK),
    *(Transition(action="block", source={state}, target=state, permission=Action.BLOCK) for state in GONE),
    Transition(action="unblock", source={"blocked"}, target="released", permission=Action.BLOCK, guards=[_held_here]),
    *(
        Transition(action="unblock", source={state}, target=state, permission=Action.BLOCK, guards=[_held_here])
        for state in GONE
    ),
    Transition(action="unblock_to_quarantine", source={"blocked"}, target="quarantine", permission=SERVER),
    Transition(action="reject", source={"quarantine", "blocked"}, target="rejected", permission=Action.BLOCK),
    Transition(action="expire", source={"quarantine", "released"}, target="expired", permission=SERVER),
    Transition(action="prolong", source={"expired"}, target="quarantine", permission=SERVER),
    Transition(action="consume", source={"released"}, target="consumed", permission=SERVER),
    Transition(action="refill", source={"consumed", "shipped"}, target="released", permission=SERVER),
    Transition(action="ship", source={"released"}, target="shipped", permission=SERVER),
)

MOVEMENT_KINDS = (
    "receive", "issue", "return", "produce", "scrap", "move", "adjust", "split", "merge", "ship", "reversal",
)  # fmt: skip


class Lot(Row, Versioned, FactoryTable):
    """Material that was received or made together. `supplier_lot` is the supplier's own number of it.

    `state_before` is the state that a blocked lot comes back to.
    """

    __tablename__ = "lots"
    __table_args__ = (
        CheckConstraint(f"state IN {LOT_STATES}", name="state"),
        CheckConstraint("material_id IS NOT NULL OR article_id IS NOT NULL", name="kind"),
        UniqueConstraint("company_id", "code"),
        refers("material_id", "materials"),
        refers("article_id", "articles"),
        refers("work_order_id", "work_orders"),
        Index(None, "company_id", "supplier_lot"),
        Index(None, "company_id", "state", "id"),
        Index(None, "company_id", "work_order_id"),
        Index("lots_expiring", "company_id", "expires_on", postgresql_where=text("expires_on IS NOT NULL")),
    )

    code: Mapped[str] = mapped_column(Text)
    material_id: Mapped[int | None] = mapped_column(BigInteger)
    article_id: Mapped[int | None] = mapped_column(BigInteger)
    work_order_id: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, server_default="quarantine", default="quarantine")
    state_before: Mapped[str] = mapped_column(Text, server_default="", default="")
    supplier: Mapped[str] = mapped_column(Text, server_default="", default="")
    supplier_lot: Mapped[str] = mapped_column(Text, server_default="", default="")
    expires_on: Mapped[date | None] = mapped_column(Date)


class Block(Row, Done, FactoryTable):
    """A reason why a lot, and everything that was made of it, may not be used: until it is lifted."""

    __tablename__ = "blocks"
    __table_args__ = (
        refers("lot_id", "lots"),
        refers("recall_id", "recalls"),
        Index(None, "company_id", "lot_id", "id"),
        Index("blocks_open", "company_id", "lot_id", postgresql_where=text("lifted_at IS NULL")),
    )

    lot_id: Mapped[int] = mapped_column(BigInteger)
    recall_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    lifted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lifted_by: Mapped[str] = mapped_column(Text, server_default="", default="")
    lift_reason: Mapped[str] = mapped_column(Text, server_default="", default="")


class Stock(Owned, FactoryTable):
    """What of a lot lies where: the sum of its movements, never below 0. Only the ledger's trigger writes it."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand"),
        refers("lot_id", "lots"),
        refers("location_id", "locations"),
        Index(None, "company_id", "location_id"),
    )

    lot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    location_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    on_hand: Mapped[Decimal] = mapped_column(Numeric(14, 3))


class Movement(Row, Done, FactoryTable):
    """A line of the ledger: so much more, or less, of a lot in a place. It never changes; a reversal takes it back."""

    __tablename__ = "movements"
    __table_args__ = (
        CheckConstraint(f"kind IN {MOVEMENT_KINDS}", name="kind"),
        CheckConstraint("quantity <> 0", name="quantity"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal"),
        UniqueConstraint("company_id", "reverses_id"),
        refers("lot_id", "lots"),
        refers("location_id", "locations"),
        refers("reverses_id", "movements"),
        refers("operation_id", "operations"),
        refers("report_id", "reports"),
        refers("shipment_id", "shipments"),
        Index(None, "company_id", "lot_id", "id"),
        Index(None, "company_id", "operation_id"),
        Index(None, "company_id", "report_id"),
    )

    lot_id: Mapped[int] = mapped_column(BigInteger)
    location_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    reverses_id: Mapped[int | None] = mapped_column(BigInteger)
    operation_id: Mapped[int | None] = mapped_column(BigInteger)
    report_id: Mapped[int | None] = mapped_column(BigInteger)
    shipment_id: Mapped[int | None] = mapped_column(BigInteger)
