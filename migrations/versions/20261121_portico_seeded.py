"""Portico: which apps have been seeded."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_seeded"
down_revision = "20261121_store"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seeded",
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("seeded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("app", name="seeded_pkey"),
        schema="portico",
    )


def downgrade() -> None:
    op.drop_table("seeded", schema="portico")
