"""Where webhooks are sent, what was sent, and what came in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, Integer, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.kernel.tables import KERNEL_SCHEMA, KernelTable

PENDING = text("state = 'pending'")


class WebhookEndpoint(KernelTable):
    """An address that is told of events. Its secrets are made from the server's key: none is stored."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index(None, "app", "owner"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    app: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret_number: Mapped[int] = mapped_column(Integer, server_default="1")
    previous_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class WebhookDelivery(KernelTable):
    """One event for one endpoint: `pending`, then `delivered` or, after the last attempt, `dead`."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id"),
        Index(None, "endpoint_id", "event_id", postgresql_where=PENDING),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    app: Mapped[str] = mapped_column(Text)
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey(f"{KERNEL_SCHEMA}.webhook_endpoints.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(BigInteger)
    topic: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    payload: Mapped[Any] = mapped_column(JSONB)
    traceparent: Mapped[str] = mapped_column(Text, server_default="")
    happened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(Text, server_default="pending")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    claim: Mapped[int] = mapped_column(Integer, server_default="0")
    next_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str] = mapped_column(Text, server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class WebhookReceipt(KernelTable):
    """A delivery that came in and was taken: its repeats have no effect."""

    __tablename__ = "webhook_receipts"

    app: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    delivery_id: Mapped[str] = mapped_column(Text, primary_key=True)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
