"""Portico: stored files."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_files"
down_revision = "20261122_outbox"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="arriving", nullable=False),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('arriving', 'kept', 'gone')", name=op.f("files_state_check")),
        sa.CheckConstraint("state <> 'kept' OR num_nulls(media_type, size, sha256) = 0", name=op.f("files_kept_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("files_pkey")),
        schema="portico",
    )
    op.create_index("files_owner_idx", "files", ["app", "owner", "created_at", "id"], schema="portico")
    op.create_index(
        "files_sweep_idx", "files", ["changed_at"], postgresql_where=sa.text("state <> 'kept'"), schema="portico"
    )


def downgrade() -> None:
    op.drop_table("files", schema="portico")
