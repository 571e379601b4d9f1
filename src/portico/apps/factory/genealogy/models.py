"""Genealogy: which lot went into which, and how much of it."""

from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import FactoryTable, Owned, refers


class GenealogyLink(Owned, FactoryTable):
    """Material of the parent is in the child. The links never form a circle: see `genealogy.order`."""

    __tablename__ = "genealogy"
    __table_args__ = (
        CheckConstraint("parent_id <> child_id", name="circle"),
        refers("parent_id", "lots"),
        refers("child_id", "lots"),
        refers("report_id", "reports"),
        Index(None, "company_id", "child_id"),
    )

    parent_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    child_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    report_id: Mapped[int | None] = mapped_column(BigInteger)
