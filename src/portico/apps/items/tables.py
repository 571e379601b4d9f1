"""The declarative base of this app's tables."""

from sqlalchemy.orm import DeclarativeBase

from portico.kernel.tables import metadata

SCHEMA = "items"


class ItemsTable(DeclarativeBase):
    metadata = metadata(SCHEMA)
