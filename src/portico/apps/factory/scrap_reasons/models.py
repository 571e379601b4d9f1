"""Reasons for scrap. One that is not wanted any more is switched off: reports name it."""

from sqlalchemy import Boolean, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import FactoryTable, Row
from portico.kernel.tables import Versioned


class ScrapReason(Row, Versioned, FactoryTable):
    __tablename__ = "scrap_reasons"
    __table_args__ = (UniqueConstraint("company_id", "code"),)

    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true(), default=True)
