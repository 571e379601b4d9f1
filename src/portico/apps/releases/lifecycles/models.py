"""Lifecycles: the phases that a release goes through on its way to production."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.tables import Versioned


class Lifecycle(Row, Versioned, ReleasesTable):
    __tablename__ = "lifecycles"

    name: Mapped[str] = mapped_column(Text)


Index("lifecycles_name_key", func.lower(Lifecycle.name), unique=True)


class Phase(ReleasesTable):
    """A step of a lifecycle: so many of its environments have run the release for the soak time, without a defect."""

    __tablename__ = "phases"
    __table_args__ = (
        UniqueConstraint("lifecycle_id", "position"),
        CheckConstraint("minimum_environments >= 1", name="minimum_environments"),
        CheckConstraint("soak_minutes >= 0", name="soak_minutes"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    lifecycle_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lifecycles.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    minimum_environments: Mapped[int] = mapped_column(Integer, server_default="1", default=1)
    is_optional: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    soak_minutes: Mapped[int] = mapped_column(Integer, server_default="0", default=0)


class PhaseEnvironment(ReleasesTable):
    __tablename__ = "phase_environments"

    phase_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("phases.id", ondelete="CASCADE"), primary_key=True)
    environment_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("environments.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
