"""Rules that say who has to approve, and the approvals given."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.tables import Versioned


class ApprovalRule(Row, Versioned, ReleasesTable):
    """So many members of a group approve a deployment to an environment, or to all of a type; of a team or service.

    What is null in the scope matches everything. An emergency deployment goes by emergency rules alone, others by the
    others. `expires_minutes` is how long an approval holds, and how long a deployment waits for the missing ones.
    """

    __tablename__ = "approval_rules"
    __table_args__ = (
        CheckConstraint("required >= 1", name="required"),
        CheckConstraint("expires_minutes >= 1", name="expires_minutes"),
    )

    name: Mapped[str] = mapped_column(Text)
    environment_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("environments.id", ondelete="CASCADE"), index=True
    )
    environment_type: Mapped[str | None] = mapped_column(Text)
    team_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    service_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("services.id", ondelete="CASCADE"), index=True
    )
    group_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groups.id", ondelete="RESTRICT"), index=True)
    required: Mapped[int] = mapped_column(Integer, server_default="1", default=1)
    expires_minutes: Mapped[int] = mapped_column(Integer, server_default="1440", default=1440)
    is_emergency: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true(), default=True)


class Approval(Row, ReleasesTable):
    """What somebody said of a deployment for a rule: bound to the release's hash, the target, and the rule as it was.

    One that is void counts for nothing, and is kept. Of each person one stands at most: people are distinct over all
    rules of a deployment.
    """

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint("decision IN ('approved', 'rejected')", name="decision"),
        Index(
            "approvals_one_each", "deployment_id", "user_id", unique=True, postgresql_where=text("voided_at IS NULL")
        ),
    )

    deployment_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("deployments.id", ondelete="RESTRICT"), index=True
    )
    rule_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("approval_rules.id", ondelete="SET NULL"), index=True
    )
    rule_version: Mapped[int] = mapped_column(Integer)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="RESTRICT"), index=True)
    decision: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(Text)
    environment_id: Mapped[int] = mapped_column(BigInteger)
    comment: Mapped[str] = mapped_column(Text, server_default="", default="")
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    voided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    void_reason: Mapped[str] = mapped_column(Text, server_default="", default="")
