"""Portico: the event log and its seals."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_event_log"
down_revision = "20261122_notifications"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.create_table(
        "event_log",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("details", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="event_log_pkey"),
        schema="portico",
    )
    op.create_index("event_log_app_id_idx", "event_log", ["app", "id"], schema="portico")
    op.create_index("event_log_app_object_id_idx", "event_log", ["app", "object", "id"], schema="portico")
    op.create_table(
        "event_seals",
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("app", "seq", name="event_seals_pkey"),
        sa.UniqueConstraint("event_id", name="event_seals_event_id_key"),
        schema="portico",
    )
    op.create_table(
        "events_to_seal",
        sa.Column("event_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("app", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="events_to_seal_pkey"),
        schema="portico",
    )
    op.execute((SQL / "portico_event_log.sql").read_text())


def downgrade() -> None:
    op.execute("DROP FUNCTION portico.seal_events()")
    op.execute("DROP FUNCTION portico.event_text(portico.event_log, bigint)")
    for table in ("events_to_seal", "event_seals", "event_log"):
        op.drop_table(table, schema="portico")
    op.execute("DROP FUNCTION portico.queue_for_seal()")
