"""The declarative base of this app's tables, and the columns that several of them share."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Identity, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.kernel.tables import metadata

SCHEMA = "releases"


class ReleasesTable(DeclarativeBase):
    metadata = metadata(SCHEMA)


class Row:
    """A row with an id of its own, and when it was made by the server's clock."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
