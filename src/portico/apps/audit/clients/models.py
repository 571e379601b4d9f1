"""Clients: the companies that are audited."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.tables import AuditTable, Row
from portico.kernel.tables import Versioned


class Client(Row, Versioned, AuditTable):
    """`registration` is the number under which an authority knows the company."""

    __tablename__ = "clients"

    name: Mapped[str] = mapped_column(Text, unique=True)
    registration: Mapped[str] = mapped_column(Text, server_default="", default="")
    country: Mapped[str] = mapped_column(Text, server_default="", default="")
    currency: Mapped[str] = mapped_column(Text, server_default="EUR", default="EUR")
