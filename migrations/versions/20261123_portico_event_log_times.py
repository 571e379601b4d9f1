"""Portico: the events of a time are found by an index."""

from alembic import op

revision = "20261123_event_log_times"
down_revision = "20261122_releases_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("event_log_app_at_id_idx", "event_log", ["app", "at", "id"], schema="portico")


def downgrade() -> None:
    op.drop_index("event_log_app_at_id_idx", "event_log", schema="portico")
