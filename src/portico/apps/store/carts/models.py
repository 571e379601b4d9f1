"""Carts: the tables, and the cart as its rules see it."""

from dataclasses import dataclass, field
from datetime import date as Date  # noqa: N812 - `date` is the name of a column here

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Integer
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.store.tables import StoreTable


class CartRow(StoreTable):
    __tablename__ = "carts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("store.users.id", ondelete="CASCADE"), index=True)
    date: Mapped[Date]
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class CartItemRow(StoreTable):
    """A line of a cart. `line` keeps the order in which lines came in."""

    __tablename__ = "cart_items"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"),)

    cart_id: Mapped[int] = mapped_column(ForeignKey("store.carts.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(
        ForeignKey("store.products.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    quantity: Mapped[int] = mapped_column(Integer)
    line: Mapped[int] = mapped_column(BigInteger, Identity())


@dataclass
class Cart:
    """A cart: one line per product, each with a quantity. It is plain, since carts are written more than all else
    and the repository's few statements cost a third of what the ORM's do.
    """

    user_id: int
    date: Date
    id: int | None = None
    version: int = 1
    lines: dict[int, int] = field(default_factory=dict)
    """Quantities by product id, in the order in which the lines came in."""
    stored: dict[int, int] = field(default_factory=dict)
    """The lines as the database has them: only what differs is written."""

    def add(self, product_id: int, quantity: int) -> None:
        """Raise the quantity of the product's line; a new line where there is none."""
        self.lines[product_id] = self.lines.get(product_id, 0) + quantity

    def put(self, product_id: int, quantity: int) -> None:
        """Set the quantity of the product's line; a new line where there is none."""
        self.lines[product_id] = quantity

    def remove(self, product_id: int) -> None:
        """Take the product's line out, where there is one."""
        self.lines.pop(product_id, None)
