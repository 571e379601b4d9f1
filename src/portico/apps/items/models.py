"""Items."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.items.tables import ItemsTable
from portico.kernel.search import vector
from portico.kernel.tables import Versioned


class Item(Versioned, ItemsTable):
    """A thing with a price, so many of which are there. `owner_id` is who added it, if anybody had signed in."""

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("quantity >= 0", name="quantity"),
        Index(None, "name", "id"),  # one index for each order that a list can have: see `reads.SORTS`
        Index(None, "price", "id"),
        Index(None, "quantity", "id"),
        Index(None, "created_at", "id"),
        Index(None, "search", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("items.users.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    quantity: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed(vector(name="A", description="B"), persisted=True), deferred=True
    )
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.clock_timestamp()
    )
