"""Portico: the outbox of events, tickets for streams, webhooks out and in."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

revision = "20261122_outbox"
down_revision = "20261122_jobs"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


class Xid8(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


def moment(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **options)


def upgrade() -> None:
    _outbox()
    _tickets()
    _webhooks()
    op.execute((SQL / "portico_outbox.sql").read_text())


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("xid", Xid8, nullable=False, server_default=sa.text("pg_current_xact_id()")),
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("payload", postgresql.JSONB, nullable=False),
        sa.Column("audience", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("traceparent", sa.Text, nullable=False, server_default=""),
        moment("created_at", server_default=sa.text("clock_timestamp()")),
        sa.PrimaryKeyConstraint("app", "xid", "id", name="outbox_pkey"),
        schema="portico",
    )
    op.create_index("outbox_app_key_xid_idx", "outbox", ["app", "key", "xid"], schema="portico")
    op.create_index("outbox_created_at_idx", "outbox", ["created_at"], schema="portico", postgresql_using="brin")
    for name, first in (("outbox_swept", []), ("outbox_cursors", [sa.Column("follower", sa.Text, nullable=False)])):
        op.create_table(
            name,
            sa.Column("app", sa.Text, nullable=False),
            *first,
            sa.Column("xid", Xid8, nullable=False),
            sa.Column("id", sa.BigInteger, nullable=False),
            sa.PrimaryKeyConstraint("app", *(column.name for column in first), name=f"{name}_pkey"),
            schema="portico",
        )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("session_id", sa.Uuid, nullable=False),
        moment("expires_at"),
        sa.PrimaryKeyConstraint("digest", name="tickets_pkey"),
        schema="portico",
    )
    op.create_index("tickets_expires_at_idx", "tickets", ["expires_at"], schema="portico")


def _webhooks() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("secret_number", sa.Integer, nullable=False, server_default="1"),
        moment("previous_until", nullable=True),
        moment("created_at", server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="webhook_endpoints_pkey"),
        schema="portico",
    )
    op.create_index("webhook_endpoints_app_owner_idx", "webhook_endpoints", ["app", "owner"], schema="portico")
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("endpoint_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("payload", postgresql.JSONB, nullable=False),
        sa.Column("traceparent", sa.Text, nullable=False, server_default=""),
        moment("happened_at"),
        sa.Column("state", sa.Text, nullable=False, server_default="pending"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("claim", sa.Integer, nullable=False, server_default="0"),
        moment("next_at"),
        sa.Column("outcome", sa.Text, nullable=False, server_default=""),
        moment("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="webhook_deliveries_pkey"),
        sa.UniqueConstraint("endpoint_id", "event_id", name="webhook_deliveries_endpoint_id_event_id_key"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["portico.webhook_endpoints.id"], ondelete="CASCADE",
            name="webhook_deliveries_endpoint_id_fkey",
        ),
        schema="portico",
    )  # fmt: skip
    op.create_index(
        "webhook_deliveries_endpoint_id_event_id_idx", "webhook_deliveries", ["endpoint_id", "event_id"],
        schema="portico", postgresql_where=sa.text("state = 'pending'"),
    )  # fmt: skip
    op.create_table(
        "webhook_receipts",
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Text, nullable=False),
        moment("received_at", server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("app", "source", "delivery_id", name="webhook_receipts_pkey"),
        schema="portico",
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION portico.restamp_outbox()")
    op.execute("DROP FUNCTION portico.sweep_outbox()")
    for name in (
        "webhook_receipts", "webhook_deliveries", "webhook_endpoints", "tickets", "outbox_cursors", "outbox_swept",
        "outbox",
    ):  # fmt: skip
        op.drop_table(name, schema="portico")
