"""The declarative base of the store's tables."""

from sqlalchemy.orm import DeclarativeBase

from portico.kernel.tables import metadata

SCHEMA = "store"


class StoreTable(DeclarativeBase):
    metadata = metadata(SCHEMA)
