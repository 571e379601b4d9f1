"""The declarative base of the kernel's own tables, and the naming that keeps migrations free of surprises."""

from typing import Any

from sqlalchemy import Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

KERNEL_SCHEMA = "portico"

# PostgreSQL's own default names, so that a constraint is called the same whether SQL or the ORM made it.
NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


def metadata(schema: str) -> MetaData:
    """The metadata of one schema. Each app makes its own."""
    return MetaData(schema=schema, naming_convention=NAMES)


class KernelTable(DeclarativeBase):
    metadata = metadata(KERNEL_SCHEMA)


class Versioned:
    """A row whose edits are counted: the version is its ETag."""

    version: Mapped[int] = mapped_column(Integer, server_default="1", default=1)

    def change(self, **values: Any) -> None:
        """Set columns and raise the version."""
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1
