"""Categories."""

from sqlalchemy import BigInteger, Identity, Text
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.store.tables import StoreTable
from portico.kernel.tables import Versioned


class Category(Versioned, StoreTable):
    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)

    def rename(self, name: str) -> None:
        self.change(name=name)
