"""Times in which nothing starts, and what was let through all the same."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, ForeignKey, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.tables import Versioned


class Freeze(Row, Versioned, ReleasesTable):
    """From `starts_at` to `ends_at`, or again and again: `recurrence` is an RRULE of RFC 5545, evaluated by the wall
    clock of `time_zone` from `starts_at` on, each time for `duration_minutes`, until `ends_at` if there is one.

    An empty list in the scope matches everything. `ended_at` is when somebody ended it for good.
    """

    __tablename__ = "freezes"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("(recurrence IS NULL) = (duration_minutes IS NULL)", name="recurrence"),
        CheckConstraint("recurrence IS NOT NULL OR ends_at IS NOT NULL", name="end"),
        CheckConstraint("duration_minutes > 0", name="duration"),
    )

    name: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    environment_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}", default=list)
    environment_types: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}", default=list)
    team_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}", default=list)
    service_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}", default=list)
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    recurrence: Mapped[str | None] = mapped_column(Text)
    duration_minutes: Mapped[int | None] = mapped_column(Integer)
    time_zone: Mapped[str] = mapped_column(Text, server_default="UTC", default="UTC")
    override_group_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("groups.id", ondelete="RESTRICT"), index=True
    )
    created_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def takes(self, target: Mapping[str, Any]) -> bool:
        """Whether a deployment to this service, team, environment and type is in its scope."""
        scope: dict[str, list[Any]] = {
            "service_id": self.service_ids, "team_id": self.team_ids, "environment_id": self.environment_ids,
            "environment_type": self.environment_types,
        }  # fmt: skip
        return all(not values or target[name] in values for name, values in scope.items())


class FreezeOverride(Row, ReleasesTable):
    """Somebody of the override group let one deployment through one freeze, and said why."""

    __tablename__ = "freeze_overrides"
    __table_args__ = (UniqueConstraint("freeze_id", "deployment_id"),)

    freeze_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("freezes.id", ondelete="RESTRICT"))
    deployment_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("deployments.id", ondelete="RESTRICT"), index=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="RESTRICT"), index=True)
    reason: Mapped[str] = mapped_column(Text)
