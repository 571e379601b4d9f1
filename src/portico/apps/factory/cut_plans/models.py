"""Cut plans: which pieces are cut from which bars. Lengths are in millimetres."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Integer, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import FactoryTable, Owned, Row, refers
from portico.kernel.tables import Versioned


class CutPlan(Row, Versioned, FactoryTable):
    """`stock` and `parts` are what was asked; `summary` is what came out: bars, yield, remnants, the lower bound."""

    __tablename__ = "cut_plans"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'accepted')", name="state"),
        CheckConstraint("kerf >= 0 AND trim >= 0 AND min_remnant >= 0", name="lengths"),
        UniqueConstraint("company_id", "number"),
    )

    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, server_default="draft", default="draft")
    profile: Mapped[str] = mapped_column(Text, server_default="", default="")
    kerf: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    trim: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    min_remnant: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    stock: Mapped[list[Any]] = mapped_column(JSONB)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    user_id: Mapped[int] = mapped_column(BigInteger)
    user_name: Mapped[str] = mapped_column(Text)
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    accepted_by: Mapped[str] = mapped_column(Text, server_default="", default="")


class CutBar(Owned, FactoryTable):
    """A bar of a plan. `remnant` is what is left of it, waste or not."""

    __tablename__ = "cut_bars"
    __table_args__ = (refers("plan_id", "cut_plans", ondelete="CASCADE"),)

    plan_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    length: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    remnant: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    cuts: Mapped[list[Any]] = mapped_column(JSONB)
