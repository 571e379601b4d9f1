"""Locations."""

from sqlalchemy import BigInteger, CheckConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import Deletable, FactoryTable, Row, refers
from portico.kernel.tables import Versioned

LOCATION_KINDS = ("store", "floor", "trolley", "quarantine")


class Location(Row, Deletable, Versioned, FactoryTable):
    """A place. One at a workstation is where that one's operations take from and put to."""

    __tablename__ = "locations"
    __table_args__ = (
        CheckConstraint(f"kind IN {LOCATION_KINDS}", name="kind"),
        UniqueConstraint("company_id", "code"),
        refers("workstation_id", "workstations"),
    )

    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    kind: Mapped[str] = mapped_column(Text, server_default="store", default="store")
    workstation_id: Mapped[int | None] = mapped_column(BigInteger)
