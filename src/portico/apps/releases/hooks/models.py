"""What came in by webhooks, and what was done with it."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable, Row

OUTCOMES = ("taken", "ignored", "refused")


class HookDelivery(Row, ReleasesTable):
    """A delivery with a right signature. `said` has the few words of it that matter: bodies are not kept.

    `external` is the sender's name for the deployment or incident that it tells of. That we made one of ours for it
    stands in `deployment_id` or `incident_id`: so later deliveries find it.
    """

    __tablename__ = "hook_deliveries"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        Index(None, "source", "external"),
        Index(None, "created_at"),
        Index(None, "deployment_id"),
        Index(None, "incident_id"),
    )

    source: Mapped[str] = mapped_column(Text)
    delivery_id: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    object: Mapped[str] = mapped_column(Text, server_default="", default="")
    external: Mapped[str] = mapped_column(Text, server_default="", default="")
    said: Mapped[Any] = mapped_column(JSONB, server_default="{}", default=dict)
    deployment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("deployments.id", ondelete="SET NULL"))
    incident_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("incidents.id", ondelete="SET NULL"))
