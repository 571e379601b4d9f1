"""Services, and the channels that their versions go through."""

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.search import vector
from portico.kernel.tables import Versioned


class Service(Row, Versioned, ReleasesTable):
    """What a team delivers. `tier` 1 is the most important. `lifecycle_id` holds where no channel takes a version."""

    __tablename__ = "services"
    __table_args__ = (
        CheckConstraint("tier BETWEEN 1 AND 4", name="tier"),
        CheckConstraint("versioning IN ('semver')", name="versioning"),
        Index(None, "search", postgresql_using="gin"),
    )

    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="", default="")
    team_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("teams.id", ondelete="RESTRICT"), index=True)
    repository_url: Mapped[str | None] = mapped_column(Text)
    tier: Mapped[int] = mapped_column(Integer, server_default="3", default=3)
    versioning: Mapped[str] = mapped_column(Text, server_default="semver", default="semver")
    tag_prefix: Mapped[str] = mapped_column(Text, server_default="v", default="v")
    lifecycle_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("lifecycles.id", ondelete="RESTRICT"), index=True
    )
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed(vector(name="A", description="B"), persisted=True), deferred=True
    )


Index("services_name_key", func.lower(Service.name), unique=True)


class Channel(Row, Versioned, ReleasesTable):
    """Which lifecycle the versions in a range go through: `>=2.0.0-0 <3.0.0`. The first by position that fits."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("service_id", "position", deferrable=True, initially="DEFERRED"),)

    service_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("services.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    version_range: Mapped[str] = mapped_column(Text)
    lifecycle_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lifecycles.id", ondelete="RESTRICT"), index=True)
