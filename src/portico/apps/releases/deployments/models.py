"""Deployments of a release to an environment: their states, the log of what became of them, and their stages."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.permissions import Action
from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

STATES = (
    "requested", "awaiting_approval", "scheduled", "queued", "running",
    "succeeded", "failed", "cancelled", "rejected", "expired",
)  # fmt: skip
OPEN = ("requested", "awaiting_approval", "scheduled", "queued", "running")

SERVER = "server"
"""The permission of what rules, times and approvers bring about: it is no action of anybody's."""

DEPLOYMENT_STATES = StateMachine(
    Transition(
        action="await_approval", source={"requested", "scheduled", "queued"}, target="awaiting_approval",
        permission=SERVER,
    ),
    Transition(action="schedule", source={"requested", "awaiting_approval"}, target="scheduled", permission=SERVER),
    Transition(
        action="queue", source={"requested", "awaiting_approval", "scheduled"}, target="queued", permission=SERVER
    ),
    Transition(action="reject", source={"awaiting_approval"}, target="rejected", permission=SERVER),
    Transition(action="expire", source={"awaiting_approval"}, target="expired", permission=SERVER),
    Transition(action="claim", source={"queued"}, target="running", permission=Action.RUN),
    Transition(action="succeed", source={"running"}, target="succeeded", permission=Action.RUN),
    Transition(action="fail", source={"running"}, target="failed", permission=Action.RUN),
    Transition(action="lose", source={"running"}, target="failed", permission=SERVER),
    Transition(
        action="cancel", source={"requested", "awaiting_approval", "scheduled", "queued", "running"},
        target="cancelled", permission=Action.REQUEST,
    ),
)  # fmt: skip


class Deployment(Row, Versioned, ReleasesTable):
    """One release to one environment. The partial index `one_at_a_time` lets one run per service and environment.

    `content_hash` is the release's at the time of the request; approvals are bound to it. `previous_id` is the
    deployment that it followed, known once it succeeds. `is_emergency` goes by the emergency rules and is reviewed
    later. `incident_id` makes it an unplanned deployment: it is made because of that incident. `agent_key` is who alone
    may report, as the event log calls them.
    """

    __tablename__ = "deployments"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("deployments_one_at_a_time", "service_id", "environment_id", unique=True,
              postgresql_where=text("state = 'running'")),
        Index(None, "environment_id", "service_id", "ended_at"),
        Index(None, "service_id", "id"),
        Index(None, "state", "id"),
        Index(None, "release_id", "id"),
        Index(None, "ended_at"),
        Index("deployments_succeeded", "environment_id", "service_id", "ended_at", "id",
              postgresql_where=text("state = 'succeeded'"), postgresql_include=["release_id"]),
    )  # fmt: skip

    service_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("services.id", ondelete="RESTRICT"))
    release_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("releases.id", ondelete="RESTRICT"))
    environment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("environments.id", ondelete="RESTRICT"))
    requester_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    state: Mapped[str] = mapped_column(Text, server_default="requested", default="requested")
    content_hash: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    scheduled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    approval_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_rollback: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    is_emergency: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    incident_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("incidents.id", ondelete="SET NULL", use_alter=True), index=True
    )
    previous_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("deployments.id"), index=True)
    retry_of_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("deployments.id"), index=True)
    rollback_of_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("deployments.id"), index=True)
    agent: Mapped[str | None] = mapped_column(Text)
    agent_key: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    heartbeat_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    queued_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cause: Mapped[str] = mapped_column(Text, server_default="", default="")
    reviewed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    reviewed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    review: Mapped[str] = mapped_column(Text, server_default="", default="")


class StatusChange(Row, ReleasesTable):
    """A line of a deployment's log. The application may only add lines: what ran where is computed from them."""

    __tablename__ = "status_changes"
    __table_args__ = (Index(None, "deployment_id", "id"),)

    deployment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("deployments.id", ondelete="RESTRICT"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    action: Mapped[str] = mapped_column(Text)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    by: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text, server_default="", default="")
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    details: Mapped[Any] = mapped_column(JSONB, server_default="{}", default=dict)


class Stage(ReleasesTable):
    """A step that the agent reports. `log` keeps the last 64 KiB."""

    __tablename__ = "stages"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'succeeded', 'failed', 'skipped')", name="state"),
    )  # fmt: skip

    deployment_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="running", default="running")
    log: Mapped[str] = mapped_column(Text, server_default="", default="")
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
