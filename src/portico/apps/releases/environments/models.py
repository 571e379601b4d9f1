"""Environments."""

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Index, Integer, Text, false, func
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.tables import Versioned


class Environment(Row, Versioned, ReleasesTable):
    """Where releases run. Lists are in the order of `rank`.

    In a protected environment nothing starts that no approval rule has let through; production is always protected.
    `required_gates` names the gates that a release must have passed.
    """

    __tablename__ = "environments"
    __table_args__ = (
        CheckConstraint("type IN ('dev', 'test', 'staging', 'production')", name="type"),
        CheckConstraint("is_protected OR type <> 'production'", name="protection"),
    )

    name: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    rank: Mapped[int] = mapped_column(Integer)
    is_protected: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    required_gates: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}", default=list)


Index("environments_name_key", func.lower(Environment.name), unique=True)
