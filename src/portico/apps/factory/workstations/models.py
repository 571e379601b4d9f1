"""Workstations."""

from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Index, Text, func, text, true
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import Deletable, FactoryTable, Row
from portico.kernel.tables import Versioned

TYPES = ("Machine", "Assembly", "Control", "Logistics", "Supply")


class Workstation(Row, Deletable, Versioned, FactoryTable):
    """A place where one works, and signs in by badge. `guid` is what its own QR code says."""

    __tablename__ = "workstations"
    __table_args__ = (CheckConstraint(f"type IN {TYPES}", name="type"),)

    guid: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    name: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text, server_default="", default="")
    type: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true(), default=True)


Index("workstations_name_key", Workstation.company_id, func.lower(Workstation.name), unique=True)
