"""Portico: notifications, and by which channels users want them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_notifications"
down_revision = "20261122_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("user_key", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("data", postgresql.JSONB, nullable=False),
        sa.Column("is_shown", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("mailed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="notifications_pkey"),
        schema="portico",
    )
    op.create_index("notifications_app_user_key_id_idx", "notifications", ["app", "user_key", "id"], schema="portico")
    op.create_index(
        "notifications_unread_idx", "notifications", ["app", "user_key"], schema="portico",
        postgresql_where=sa.text("is_shown AND read_at IS NULL"),
    )  # fmt: skip
    op.create_index("notifications_created_at_idx", "notifications", ["created_at"], schema="portico")
    op.create_table(
        "notification_preferences",
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("user_key", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("app", "user_key", "channel", name="notification_preferences_pkey"),
        schema="portico",
    )


def downgrade() -> None:
    op.drop_table("notification_preferences", schema="portico")
    op.drop_table("notifications", schema="portico")
