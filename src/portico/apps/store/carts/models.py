"""Carts and their lines."""

from datetime import date as Date  # noqa: N812 - `date` is the name of a column here

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Integer
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from portico.apps.store.tables import StoreTable


class CartItem(StoreTable):
    """A line of a cart. `line` keeps the order in which lines came in."""

    __tablename__ = "cart_items"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"),)

    cart_id: Mapped[int] = mapped_column(ForeignKey("store.carts.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(
        ForeignKey("store.products.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    quantity: Mapped[int] = mapped_column(Integer)
    line: Mapped[int] = mapped_column(BigInteger, Identity())


class Cart(StoreTable):
    """A cart. It has at most one line per product, with a quantity of at least 1."""

    __tablename__ = "carts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("store.users.id", ondelete="CASCADE"), index=True)
    date: Mapped[Date]
    version: Mapped[int] = mapped_column(Integer, server_default="1", default=1)
    items: Mapped[dict[int, CartItem]] = relationship(
        collection_class=attribute_keyed_dict("product_id"), cascade="all, delete-orphan", passive_deletes=True,
        lazy="raise",
    )  # fmt: skip

    def add(self, product_id: int, quantity: int) -> None:
        """Raise the quantity of the product's line; a new line where there is none."""
        line = self.items.get(product_id)
        self.put(product_id, quantity + (line.quantity if line else 0))

    def put(self, product_id: int, quantity: int) -> None:
        """Set the quantity of the product's line; a new line where there is none."""
        line = self.items.get(product_id)
        if line is None:
            self.items[product_id] = CartItem(product_id=product_id, quantity=quantity)
        else:
            line.quantity = quantity

    def remove(self, product_id: int) -> None:
        """Take the product's line out, where there is one."""
        self.items.pop(product_id, None)
