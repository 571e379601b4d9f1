"""Products and their place in categories."""

from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Identity, Index, Integer, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.store.tables import StoreTable
from portico.kernel.tables import Versioned

MEAN_RATING = "CASE WHEN rating_count = 0 THEN 0 ELSE round(rating_sum / rating_count, 1) END"


class Product(Versioned, StoreTable):
    """A product. `rating_sum / rating_count` is its mean rating; a data set may bring both with it."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("rating_count >= 0", name="rating_count"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    description: Mapped[str] = mapped_column(Text, server_default="")
    image: Mapped[str] = mapped_column(Text, server_default="")
    rating_sum: Mapped[Decimal] = mapped_column(Numeric(14, 1), server_default="0", default=Decimal(0))
    rating_count: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    mean_rating: Mapped[Decimal] = mapped_column(Numeric(2, 1), Computed(MEAN_RATING, persisted=True))

    def rate(self, value: Decimal | None, *, before: Decimal | None) -> None:
        """Count one user's rating in place of the one before; None stands for none. Not an edit: no new version."""
        self.rating_sum += (value or 0) - (before or 0)
        self.rating_count += (value is not None) - (before is not None)


class ProductCategory(StoreTable):
    """A product's membership in a category. The one at the lowest position names the product's `category`."""

    __tablename__ = "product_categories"
    __table_args__ = (Index(None, "category_id", "product_id"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("store.products.id", ondelete="CASCADE"), primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("store.categories.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)


class ProductTally(StoreTable):
    """How many products there are, in all (category 0) and per category, kept by triggers.

    The number is the sum over the slots. Each connection writes to one slot, so that writers do not queue for one row.
    """

    __tablename__ = "product_tally"

    category_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    products: Mapped[int] = mapped_column(BigInteger)
