"""Portico: the serving role, idempotency keys and log-in failures."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_portico"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute((SQL / "portico_role.sql").read_text())
    op.execute("GRANT USAGE ON SCHEMA portico TO portico_app")
    op.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA portico GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portico_app"
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("headers", postgresql.JSONB, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("app", "caller", "key", name="idempotency_keys_pkey"),
        schema="portico",
    )
    op.create_index("idempotency_keys_created_at_idx", "idempotency_keys", ["created_at"], schema="portico")
    op.create_table(
        "login_failures",
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("app", "subject", name="login_failures_pkey"),
        schema="portico",
    )
    op.create_index("login_failures_until_idx", "login_failures", ["until"], schema="portico")


def downgrade() -> None:
    op.drop_table("login_failures", schema="portico")
    op.drop_table("idempotency_keys", schema="portico")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA portico REVOKE ALL ON TABLES FROM portico_app")
    op.execute("REVOKE USAGE ON SCHEMA portico FROM portico_app")
    # The role stays: other databases of the same server may use it.
