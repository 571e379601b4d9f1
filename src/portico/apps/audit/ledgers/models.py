"""Ledgers as they were imported: accounts, entries, lines. Amounts have two decimals, in the ledger's currency."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.tables import AuditTable, OfEngagement
from portico.kernel.state_machine import StateMachine, Transition

LEDGER_KINDS = ("general", "bank", "tax_credit", "receivable", "payable")
LEDGER_STATES = ("importing", "imported", "failed")
LEDGER_MACHINE = StateMachine(  # by the job alone: whoever asked for the import had the right to
    Transition(action="finish", source={"importing"}, target="imported"),
    Transition(action="fail", source={"importing"}, target="failed"),
)
Money = Numeric(18, 2)


class Ledger(OfEngagement, AuditTable):
    """A file of entries. `declared` are the totals that the file states, `computed` those of what was read."""

    __tablename__ = "ledgers"
    __table_args__ = (
        CheckConstraint(f"kind IN {LEDGER_KINDS}", name="kind"),
        CheckConstraint(f"state IN {LEDGER_STATES}", name="state"),
        Index(None, "engagement_id"),
        Index(None, "evidence_version_id"),
    )

    evidence_version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("evidence_versions.id"))
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, server_default="general", default="general")
    format: Mapped[str] = mapped_column(Text)
    financial_year: Mapped[str] = mapped_column(Text, server_default="", default="")
    currency: Mapped[str] = mapped_column(Text, server_default="", default="")
    state: Mapped[str] = mapped_column(Text, server_default="importing", default="importing")
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    declared: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    computed: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    imported_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    imported_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Account(AuditTable):
    """An account of a ledger with its balances, debit positive; null where the file does not state them."""

    __tablename__ = "accounts"

    ledger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledgers.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    opening: Mapped[Decimal | None] = mapped_column(Money)
    closing: Mapped[Decimal | None] = mapped_column(Money)


class Entry(AuditTable):
    """A journal entry, which SAF-T calls a transaction. `position` counts in the file from 1.

    `entered_at` is when the system took it, `posted_on` the day it counts for; `poster` and `approver` are as they are
    written in the file.
    """

    __tablename__ = "entries"
    __table_args__ = (Index(None, "ledger_id", "posted_on"), Index(None, "ledger_id", "journal", "number"))

    ledger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledgers.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    journal: Mapped[str] = mapped_column(Text, server_default="", default="")
    number: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text, server_default="", default="")
    posted_on: Mapped[date | None] = mapped_column(Date)
    document_date: Mapped[date | None] = mapped_column(Date)
    entered_on: Mapped[date | None] = mapped_column(Date)
    poster: Mapped[str] = mapped_column(Text, server_default="", default="")
    approver: Mapped[str] = mapped_column(Text, server_default="", default="")
    description: Mapped[str] = mapped_column(Text, server_default="", default="")


class Line(AuditTable):
    """A line of an entry: `amount` is debit positive, credit negative. `position` counts in the file from 1."""

    __tablename__ = "lines"
    __table_args__ = (Index(None, "ledger_id", "account"), Index(None, "ledger_id", "entry"))

    ledger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledgers.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    entry: Mapped[int] = mapped_column(Integer)
    account: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(Money)
    description: Mapped[str] = mapped_column(Text, server_default="", default="")
    reference: Mapped[str] = mapped_column(Text, server_default="", default="")
    party: Mapped[str] = mapped_column(Text, server_default="", default="")
