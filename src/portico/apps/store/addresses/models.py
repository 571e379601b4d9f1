"""Addresses."""

from sqlalchemy import BigInteger, ForeignKey, Identity, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.store.tables import StoreTable


class Address(StoreTable):
    """An address of a user. Coordinates are kept as written, as the FakeStore data set has them."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("store.users.id", ondelete="CASCADE"), index=True)
    street: Mapped[str] = mapped_column(Text, server_default="")
    number: Mapped[int] = mapped_column(Integer, server_default="0")
    city: Mapped[str] = mapped_column(Text, server_default="")
    zipcode: Mapped[str] = mapped_column(Text, server_default="")
    lat: Mapped[str] = mapped_column(Text, server_default="")
    long: Mapped[str] = mapped_column(Text, server_default="")
