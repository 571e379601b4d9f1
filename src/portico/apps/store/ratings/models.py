"""Ratings."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.store.tables import StoreTable


class Rating(StoreTable):
    """What one user thinks of one product: 0 to 5, with one decimal."""

    __tablename__ = "ratings"
    __table_args__ = (CheckConstraint("value BETWEEN 0 AND 5", name="value"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("store.products.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("store.users.id", ondelete="CASCADE"), primary_key=True, index=True)
    value: Mapped[Decimal] = mapped_column(Numeric(2, 1))
