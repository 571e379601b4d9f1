"""The declarative base of this app's tables, and the columns that several of them share.

Every row belongs to a company, which the database takes from the transaction's tenant: nobody passes it. References
between the tables are the pair of company and id, since foreign keys do not ask policies.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, ForeignKeyConstraint, Identity, Text, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.kernel.tables import metadata

SCHEMA = "factory"
HOME = UUID("00000000-0000-0000-0000-000000000001")
"""The company of those who run the installation. A revision makes it; it has users and nothing else."""
TENANT = text("nullif(current_setting('app.tenant', true), '')::uuid")


class FactoryTable(DeclarativeBase):
    metadata = metadata(SCHEMA)


class Owned:
    """A row of one company."""

    company_id: Mapped[UUID] = mapped_column(
        ForeignKey("companies.id"), primary_key=True, server_default=TENANT, sort_order=-2
    )


class Row(Owned):
    """A row with an id of its own, and when it was made by the server's clock."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, sort_order=-1)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Deletable:
    """A row that is deleted softly: by a time stamp, which what was deleted together shares."""

    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Done:
    """A row that says who did it and when. It is no reference: what was done stays when its user goes.

    A user of the installation works in companies that are not the user's own.
    """

    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    user_id: Mapped[int] = mapped_column(BigInteger)
    user_name: Mapped[str] = mapped_column(Text)


def refers(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """That a column holds the id of a row of this company's in another table."""
    return ForeignKeyConstraint(["company_id", column], [f"{table}.company_id", f"{table}.id"], **options)
