"""Companies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, DateTime, Index, Text, func, text, true
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import FactoryTable
from portico.kernel.tables import Versioned


class Company(Versioned, FactoryTable):
    """A tenant. Its id is what every other row carries, and what the transaction names."""

    __tablename__ = "companies"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    name: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(Text, server_default="Europe/Sofia", default="Europe/Sofia")
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true(), default=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


Index("companies_name_key", func.lower(Company.name), unique=True)
