"""Reports: what an operator says was made, scrapped and used. They are booked once and never changed.

What was wrong is taken back by a reversal: a report with the opposite of every number.
"""

from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import Done, FactoryTable, Owned, Row, refers


class Report(Row, Done, FactoryTable):
    """`key` is the idempotency key that the tablet made: kept for ever, since a tablet may come back after days.

    `rework` was put aside, `reworked` came back from there and is among good and scrap. `fingerprint` tells whether a
    report that comes again is the same one. `over_reason` is why more was reported than was there. `reverses_id` is the
    report that this one takes back, and `reason` why.
    """

    __tablename__ = "reports"
    __table_args__ = (
        CheckConstraint(
            "(reverses_id IS NULL AND good >= 0 AND scrap >= 0 AND rework >= 0 AND reworked >= 0) OR "
            "(reverses_id IS NOT NULL AND good <= 0 AND scrap <= 0 AND rework <= 0 AND reworked <= 0)",
            name="counts",
        ),
        UniqueConstraint("company_id", "key"),
        UniqueConstraint("company_id", "reverses_id"),
        refers("reverses_id", "reports"),
        refers("operation_id", "operations"),
        refers("workstation_id", "workstations"),
        Index(None, "company_id", "operation_id"),
        # The figures of a workstation are made from these two.
        Index(None, "company_id", "workstation_id", "at",
              postgresql_include=["id", "operation_id", "good", "scrap", "rework", "reverses_id"]),
        Index("reports_reversals", "company_id", "workstation_id", postgresql_where=text("reverses_id IS NOT NULL")),
    )  # fmt: skip

    operation_id: Mapped[int] = mapped_column(BigInteger)
    workstation_id: Mapped[int] = mapped_column(BigInteger)
    good: Mapped[int] = mapped_column(Integer)
    scrap: Mapped[int] = mapped_column(Integer)
    rework: Mapped[int] = mapped_column(Integer)
    reworked: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    over_reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    has_pieces: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    reverses_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    key: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)


class ReportScrap(Owned, FactoryTable):
    __tablename__ = "report_scrap"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="quantity"),
        refers("report_id", "reports"),
        refers("reason_id", "scrap_reasons"),
    )

    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reason_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    quantity: Mapped[int] = mapped_column(Integer)


class Consumption(Owned, FactoryTable):
    """What became of the material that a report was issued: the balance of masses holds for each row."""

    __tablename__ = "consumptions"
    __table_args__ = (
        CheckConstraint("issued <> 0", name="issued"),
        CheckConstraint(
            "(issued > 0 AND in_product >= 0 AND scrapped >= 0 AND returned >= 0 AND lost >= 0) OR "
            "(issued < 0 AND in_product <= 0 AND scrapped <= 0 AND returned <= 0 AND lost <= 0)",
            name="parts",
        ),
        CheckConstraint("issued = in_product + scrapped + returned + lost", name="balance"),
        refers("report_id", "reports"),
        refers("lot_id", "lots"),
        Index(None, "company_id", "lot_id"),
    )

    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    lot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    issued: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    in_product: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    scrapped: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default="0", default=0)
    returned: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default="0", default=0)
    lost: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default="0", default=0)
