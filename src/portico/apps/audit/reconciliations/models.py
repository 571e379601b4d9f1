"""Reconciliations: the lines of one ledger against those of another, and why each match is one."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.tables import AuditTable, OfEngagement

RECONCILIATION_KINDS = ("bank", "tax_credit")
RULES = ("exact", "one_to_many", "tolerance")


class Reconciliation(OfEngagement, AuditTable):
    """`left_ledger_id` is the statement from outside, `right_ledger_id` the client's own ledger."""

    __tablename__ = "reconciliations"
    __table_args__ = (
        CheckConstraint(f"kind IN {RECONCILIATION_KINDS}", name="kind"),
        Index(None, "engagement_id", "id"),
        Index(None, "left_ledger_id"),
        Index(None, "right_ledger_id"),
    )

    kind: Mapped[str] = mapped_column(Text)
    left_ledger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledgers.id"))
    right_ledger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledgers.id"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Match(AuditTable):
    """Lines that belong together. `left_lines` and `right_lines` are positions in the ledgers."""

    __tablename__ = "matches"
    __table_args__ = (CheckConstraint(f"rule IN {RULES}", name="rule"),)

    reconciliation_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("reconciliations.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    rule: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    left_lines: Mapped[list[int]] = mapped_column(JSONB)
    right_lines: Mapped[list[int]] = mapped_column(JSONB)
    difference: Mapped[Decimal] = mapped_column(Numeric(18, 2))
