"""Categories."""

from sqlalchemy import BigInteger, Identity, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.store.tables import StoreTable


class Category(StoreTable):
    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    version: Mapped[int] = mapped_column(Integer, server_default="1", default=1)

    def rename(self, name: str) -> None:
        self.name = name
        self.version += 1
