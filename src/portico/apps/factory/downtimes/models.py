"""Shifts and downtimes: what of a workstation's time was planned, and what of that was lost."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Index, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import FactoryTable, Row, refers
from portico.kernel.tables import Versioned


class Shift(Row, Versioned, FactoryTable):
    """Planned time of one workstation. Two shifts of a workstation do not overlap."""

    __tablename__ = "shifts"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="times"),
        refers("workstation_id", "workstations"),
        Index(None, "company_id", "workstation_id", "starts_at"),
    )

    workstation_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Downtime(Row, Versioned, FactoryTable):
    """A stop. One that was planned leaves the planned busy time; any other is a loss of availability.

    Without an end it still lasts. Two downtimes of a workstation do not overlap.
    """

    __tablename__ = "downtimes"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="times"),
        refers("workstation_id", "workstations"),
        Index(None, "company_id", "workstation_id", "starts_at"),
    )

    workstation_id: Mapped[int] = mapped_column(BigInteger)
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str] = mapped_column(Text)
    is_planned: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    user_id: Mapped[int] = mapped_column(BigInteger)
    user_name: Mapped[str] = mapped_column(Text)
