"""Recalls: numbered records of what was affected when, and where it was."""

from decimal import Decimal

from sqlalchemy import BigInteger, Integer, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import Done, FactoryTable, Owned, Row, refers


class Recall(Row, Done, FactoryTable):
    __tablename__ = "recalls"
    __table_args__ = (UniqueConstraint("company_id", "number"), refers("lot_id", "lots"))

    number: Mapped[int] = mapped_column(Integer)
    lot_id: Mapped[int | None] = mapped_column(BigInteger)
    supplier_lot: Mapped[str] = mapped_column(Text, server_default="", default="")
    reason: Mapped[str] = mapped_column(Text)
    units: Mapped[int] = mapped_column(Integer)
    blocked: Mapped[int] = mapped_column(Integer)
    shipped: Mapped[int] = mapped_column(Integer)


class RecallUnit(Owned, FactoryTable):
    """A unit as it was when the recall was made. It is never changed.

    `lot_id` is no reference: lots are never deleted, and to hold 100,000 of them would cost as much as all the rest.
    """

    __tablename__ = "recall_units"
    __table_args__ = (refers("recall_id", "recalls"),)

    recall_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    lot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    depth: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    state_before: Mapped[str] = mapped_column(Text)
    on_hand: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    locations: Mapped[str] = mapped_column(Text, server_default="", default="")
    shipments: Mapped[str] = mapped_column(Text, server_default="", default="")
    customers: Mapped[str] = mapped_column(Text, server_default="", default="")
